package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.RefusedStart.at;
import static io.github.ratelimited.aop.RefusedStart.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A fallback that cannot be called stops the application at start. */
class InvalidFallbackTest {

    private static final String DECLARE = "; declare String busy(String, int), optionally with a "
            + "RateLimitExceededException as the last parameter";

    static class Missing {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }
    }

    static class OtherParameters {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        String busy(String id, long count) {
            return "";
        }
    }

    static class ExceptionFirst {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        String busy(RateLimitExceededException denial, String id, int count) {
            return "";
        }
    }

    static class OtherException {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        String busy(String id, int count, IllegalStateException denial) {
            return "";
        }
    }

    static class NoException {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        String busy(String id, int count, Object denial) {
            return "";
        }
    }

    static class OtherReturnType {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        CharSequence busy(String id, int count) {
            return "";
        }
    }

    static class ReturnsNothing {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        void busy(String id, int count) {}
    }

    static class Itself {
        @RateLimited(permits = 5, fallback = "place")
        public String place(String id, int count) {
            return "";
        }
    }

    static class Ambiguous {
        @RateLimited(permits = 5, fallback = "busy")
        public String place(String id, int count) {
            return "";
        }

        String busy(String id, int count) {
            return "";
        }

        String busy(String id, int count, RateLimitExceededException denial) {
            return "";
        }
    }

    static class NeedsAnObject {
        @RateLimited(permits = 5, fallback = "busy")
        static String place(String id, int count) {
            return "";
        }

        String busy(String id, int count) {
            return "";
        }
    }

    static class TwoOfOneLimit {
        @RateLimited(name = "api", permits = 5, key = "#user", fallback = "byUser")
        @RateLimited(name = "api", permits = 5, key = "#ip", fallback = "byIp")
        public String place(String user, String ip) {
            return "";
        }

        String byUser(String user, String ip) {
            return "";
        }

        String byIp(String user, String ip) {
            return "";
        }
    }

    static class OneOfTwo {
        @RateLimited(name = "api", permits = 5, key = "#ip")
        @RateLimited(name = "api", permits = 5, key = "#user", fallback = "byUser")
        public String place(String user, String ip) {
            return "";
        }

        String byUser(String user, String ip) {
            return "";
        }
    }

    static class TheSameTwice {
        @RateLimited(name = "api", permits = 1, per = "1d", key = "#user", fallback = "busy")
        @RateLimited(name = "api", permits = 1, per = "1d", key = "#ip", fallback = "busy")
        public String place(String user, String ip) {
            return "placed";
        }

        String busy(String user, String ip) {
            return "busy";
        }
    }

    @AutoClose
    private final Application application = new Application();

    @Test
    void isOneThatDoesNotExist() {
        assertThat(refusalOf(application, Missing.class))
                .isEqualTo(
                        at(Missing.class) + "fallback = \"busy\" is no method of " + Missing.class.getName() + DECLARE);
    }

    @Test
    void isOneOfOtherParameters() {
        assertUnfitting(OtherParameters.class, "java.lang.String", "(java.lang.String,long)");
        assertUnfitting(
                ExceptionFirst.class,
                "java.lang.String",
                "(" + RateLimitExceededException.class.getName() + ",java.lang.String,int)");
    }

    @Test
    void isOneThatAsksForWhatIsNoDenial() {
        assertUnfitting(
                OtherException.class, "java.lang.String", "(java.lang.String,int,java.lang.IllegalStateException)");
        assertUnfitting(NoException.class, "java.lang.String", "(java.lang.String,int,java.lang.Object)");
    }

    @Test
    void isOneThatDoesNotReturnWhatTheMethodDoes() {
        assertUnfitting(OtherReturnType.class, "java.lang.CharSequence", "(java.lang.String,int)");
        assertUnfitting(ReturnsNothing.class, "void", "(java.lang.String,int)");
    }

    @Test
    void isTheMethodItself() {
        assertThat(refusalOf(application, Itself.class))
                .isEqualTo(at(Itself.class) + "fallback = \"place\" has no method of a fitting signature; found "
                        + "[public java.lang.String " + Itself.class.getName() + ".place(java.lang.String,int)]"
                        + DECLARE.replace("busy", "place"));
    }

    @Test
    void isOneOfTwoThatFit() {
        String busy = "java.lang.String " + Ambiguous.class.getName() + ".busy(java.lang.String,int";

        assertThat(refusalOf(application, Ambiguous.class))
                .isEqualTo(at(Ambiguous.class) + "fallback = \"busy\" is ambiguous: [" + busy + "), " + busy + ","
                        + RateLimitExceededException.class.getName()
                        + ")]; leave one of them, with the exception or without");
    }

    @Test
    void isOneThatNeedsAnObjectWhereThereIsNone() throws Exception {
        assertThatExceptionOfType(InvalidRateLimitException.class)
                .isThrownBy(() -> Fallback.find(
                        "here",
                        "busy",
                        NeedsAnObject.class.getDeclaredMethod("place", String.class, int.class),
                        NeedsAnObject.class))
                .withMessage("here: fallback = \"busy\" has no method of a fitting signature; found [java.lang.String "
                        + NeedsAnObject.class.getName() + ".busy(java.lang.String,int)]"
                        + DECLARE.replace("declare ", "declare static "));
    }

    @Test
    void isOneOfTwoForOneLimit() {
        String fix = ", and a denial does not tell them apart; give both the same fallback or different names";
        assertThat(refusalOf(application, TwoOfOneLimit.class))
                .isEqualTo(at(TwoOfOneLimit.class)
                        + "'api' stands there with fallback = \"byUser\" and with fallback = \"byIp\"" + fix);
        assertThat(refusalOf(application, OneOfTwo.class))
                .isEqualTo(at(OneOfTwo.class) + "'api' stands there with no fallback and with fallback = \"byUser\""
                        + fix);
    }

    @Test
    void isNotTheSameOneForBothKeysOfOneLimit() {
        application.start(TheSameTwice.class);
        TheSameTwice bean = application.bean(TheSameTwice.class);
        assertThat(bean.place("ann", "10.0.0.1")).isEqualTo("placed");
        assertThat(bean.place("ann", "10.0.0.2")).isEqualTo("busy");
        assertThat(bean.place("bob", "10.0.0.1")).isEqualTo("busy");
    }

    private void assertUnfitting(Class<?> type, String returned, String parameters) {
        assertThat(refusalOf(application, type))
                .isEqualTo(at(type) + "fallback = \"busy\" has no method of a fitting signature; found [" + returned
                        + " " + type.getName() + ".busy" + parameters + "]" + DECLARE);
    }
}
