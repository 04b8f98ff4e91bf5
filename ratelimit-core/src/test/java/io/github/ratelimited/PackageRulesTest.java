package io.github.ratelimited;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationEvent;

/** Who may know whom, as the design says. */
class PackageRulesTest {

    private static final String ROOT = "io.github.ratelimited";
    private static final String STORE = ROOT + ".store";
    private static final String HINTS = "org.springframework.aot.hint";
    private static final String[] JDK = {"java..", "javax..", "org.jspecify.annotations"};

    private final JavaClasses core = new ClassFileImporter()
            .importUrl(RateLimiter.class.getProtectionDomain().getCodeSource().getLocation());

    @Test
    void theRulesSeeTheClasses() {
        assertThat(core.contain(RateLimiter.class)).isTrue();
        assertThat(core.contain(PackageRulesTest.class)).isFalse();
    }

    @Test
    void theWordsOfUsersKnowOnlyTheJdkAndSpringsAnnotationsAndEvents() {
        classes()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK)
                        .or(resideInAPackage(ROOT))
                        .or(resideInAnyPackage(
                                "org.springframework.core.annotation", "org.springframework.aot.hint.annotation"))
                        .or(equivalentTo(ApplicationEvent.class)))
                .check(core);
    }

    @Test
    void theAlgorithmsAndTheWaitingKnowOnlyTheWordsAndTheJdk() {
        classes()
                .that()
                .resideInAPackage(STORE)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK).or(resideInAnyPackage(ROOT, STORE)))
                .check(core);
    }

    @Test
    void theMemoryStoreKnowsOnlyThoseAndTheJdk() {
        classes()
                .that()
                .resideInAPackage(STORE + ".memory")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK).or(resideInAnyPackage(ROOT, STORE, STORE + ".memory")))
                .check(core);
    }

    @Test
    void theRedisStoreKnowsOnlyThoseAndLettuceOnNettyAndHints() {
        classes()
                .that()
                .resideInAPackage(STORE + ".redis")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK)
                        .or(resideInAnyPackage(
                                ROOT, STORE, STORE + ".redis", "io.lettuce.core..", "io.netty..", HINTS)))
                .check(core);
    }

    @Test
    void theJdbcStoreKnowsOnlyThoseAndTheJdkAndHints() {
        classes()
                .that()
                .resideInAPackage(STORE + ".jdbc")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(JDK).or(resideInAnyPackage(ROOT, STORE, STORE + ".jdbc", HINTS)))
                .check(core);
    }

    @Test
    void noStoreKnowsAnother() {
        slices().matching(STORE + ".(*)..").should().notDependOnEachOther().check(core);
    }

    @Test
    void testSupportKnowsNoStoreInParticular() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".test")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK)
                        .or(resideInAnyPackage(
                                ROOT, STORE, ROOT + ".test", "org.junit.jupiter..", "org.assertj.core.api..")))
                .check(core);
    }

    @Test
    void theOperatorKnowsOnlyTheWordsAndReactor() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".reactor")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK)
                        .or(resideInAnyPackage(ROOT, ROOT + ".reactor", "reactor.core..", "org.reactivestreams")))
                .check(core);
    }

    @Test
    void onlyAopKnowsProxiesExpressionsAndAspects() {
        noClasses()
                .that(not(resideInAPackage(ROOT + ".aop..")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework.aop..",
                        "org.springframework.expression..",
                        "org.springframework.context.expression..",
                        "org.aspectj..",
                        "org.aopalliance..")
                .check(core);
    }

    @Test
    void nothingKnowsSpringBoot() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework.boot..")
                .check(core);
    }

    @Test
    void thereAreNoCircles() {
        slices().matching("(**)").should().beFreeOfCycles().check(core);
    }
}
