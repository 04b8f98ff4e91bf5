package io.github.ratelimited.aop

import io.github.ratelimited.Decision.Reason
import io.github.ratelimited.RateLimitExceededException
import io.github.ratelimited.RateLimited
import io.github.ratelimited.TimeSource
import java.io.IOException
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart.UNDISPATCHED
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.AutoClose
import org.junit.jupiter.api.Nested
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.assertThrows

/** Kotlin's suspending functions and flows: who waits is suspended, and no thread with him. */
@Timeout(20)
class KotlinMethodTest {
    open class Partner(private val time: TimeSource) {
        private val calls = CopyOnWriteArrayList<String>()

        open fun calls(): List<String> = calls

        private fun note(name: String) {
            calls.add("$name at ${Duration.ofNanos(time.nanoTime()).toSeconds()}s")
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun call(name: String): String {
            delay(1)
            note(name)
            return name
        }

        @RateLimited(permits = 1, per = "10s")
        open suspend fun callNow(name: String): String {
            note(name)
            return name
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun nothing() = note("nothing")

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun nullable(): String? = null

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun failing(): String {
            delay(1)
            throw IOException("down")
        }

        @RateLimited(permits = 1, per = "10s", key = "#id")
        open suspend fun keyed(id: String): String = id

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun named(): String? = currentCoroutineContext()[CoroutineName]?.name

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun working(begun: CompletableDeferred<Boolean>, cancelled: CompletableDeferred<Boolean>) {
            begun.complete(true)
            try {
                awaitCancellation()
            } finally {
                cancelled.complete(true)
            }
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open fun flow(name: String): Flow<String> =
            flow {
                note(name)
                emit(name)
                emit("end")
            }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open suspend fun suspendedFlow(name: String): Flow<String> {
            delay(1)
            return flow(name, 0)
        }

        private fun flow(name: String, start: Int): Flow<String> =
            flow {
                note(name)
                emit("$name $start")
                emit("$name ${start + 1}")
            }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        open fun blocking(name: String): String = name
    }

    @AutoClose private val application = Application()

    private val partner = application.start(Partner::class.java).bean(Partner::class.java)

    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    @AfterEach
    fun stop() = scope.cancel()

    /** Calls until the function suspends, or is done. */
    private fun <T> started(call: suspend () -> T): Deferred<T> = scope.async(start = UNDISPATCHED) { call() }

    private fun <T> outcome(call: Deferred<T>): T = runBlocking { call.await() }

    private fun denial(call: suspend () -> Any?): RateLimitExceededException =
        assertThrows<RateLimitExceededException> { runBlocking { call() } }

    @Nested
    inner class ASuspendingFunction {
        @Test
        fun isLetInUnderTheLimit() {
            assertThat(outcome(started { partner.call("first") })).isEqualTo("first")
        }

        @Test
        fun isDeniedByAnExceptionAtTheCall() {
            outcome(started { partner.callNow("first") })

            val denial = denial { partner.callNow("second") }

            assertThat(denial).hasMessage("Rate limit 'Partner.callNow' exceeded: 1 per 10s; retry after 10s")
            assertThat(denial.decision.reason()).isEqualTo(Reason.OVER_LIMIT)
            assertThat(partner.calls()).containsExactly("first at 0s")
        }

        @Test
        fun isDeniedInPlainSightOfItsCaller() {
            outcome(started { partner.callNow("first") })

            val caught =
                runBlocking {
                    try {
                        partner.callNow("second")
                    } catch (denied: RateLimitExceededException) {
                        "instead of ${denied.limitName}"
                    }
                }

            assertThat(caught).isEqualTo("instead of Partner.callNow")
        }

        @Test
        fun isDeniedWithoutTakingAPermit() {
            outcome(started { partner.callNow("first") })
            repeat(100) { denial { partner.callNow("denied") } }

            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(started { partner.callNow("second") })).isEqualTo("second")
        }

        @Test
        fun isMadeAtItsTurnAndNotBefore() {
            outcome(started { partner.call("first") })
            val second = started { partner.call("second") }

            application.advance(Duration.ofSeconds(10).minusNanos(1))
            assertThat(second.isActive).isTrue()
            assertThat(partner.calls()).containsExactly("first at 0s")

            application.advance(Duration.ofNanos(1))
            assertThat(outcome(second)).isEqualTo("second")
            assertThat(partner.calls()).containsExactly("first at 0s", "second at 10s")
        }

        @Test
        fun waitsWithoutAThread() {
            outcome(started { partner.call("first") })

            val second = started { partner.call("second") }

            assertThat(second.isActive).`as`("we are back, and it is not").isTrue()
            assertThat(application.time().parkedThreads()).isZero()
        }

        @Test
        fun goesInTheOrderOfArrival() {
            outcome(started { partner.call("first") })
            val second = started { partner.call("second") }
            val third = started { partner.call("third") }

            application.advance(Duration.ofSeconds(10))
            outcome(second)
            assertThat(third.isActive).isTrue()
            application.advance(Duration.ofSeconds(10))
            outcome(third)

            assertThat(partner.calls()).containsExactly("first at 0s", "second at 10s", "third at 20s")
        }

        @Test
        fun isDeniedAtOnceIfItsTurnWouldComeTooLate() {
            outcome(started { partner.call("first") })
            started { partner.call("second") }
            started { partner.call("third") }

            assertThat(denial { partner.call("fourth") }.retryAfter).isEqualTo(Duration.ofSeconds(30))
        }

        @Test
        fun givesThePermitBackWhenCancelledBeforeItsTurn() {
            outcome(started { partner.call("first") })
            val second = started { partner.call("second") }
            val third = started { partner.call("third") }

            runBlocking {
                second.cancel()
                second.join()
            }
            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(third)).isEqualTo("third")
            assertThat(partner.calls()).containsExactly("first at 0s", "third at 10s")
        }

        @Test
        fun givesThePermitBackWhenItsTimeIsOver() {
            outcome(started { partner.call("first") })

            assertThat(runBlocking { withTimeoutOrNull(10) { partner.call("second") } }).isNull()

            val third = started { partner.call("third") }
            application.advance(Duration.ofSeconds(10))
            assertThat(outcome(third)).isEqualTo("third")
            assertThat(partner.calls()).containsExactly("first at 0s", "third at 10s")
        }

        @Test
        fun isCancelledAtItsWorkOnceItsTurnHasCome() {
            val begun = CompletableDeferred<Boolean>()
            val cancelled = CompletableDeferred<Boolean>()
            val first = started { partner.working(begun, cancelled) }
            outcome(begun)

            first.cancel()

            assertThat(outcome(cancelled)).isTrue()
        }

        @Test
        fun throwsItsOwnExceptionAsItIs() {
            val first = assertThrows<IOException> { outcome(started { partner.failing() }) }
            val second = started { partner.failing() }

            application.advance(Duration.ofSeconds(10))

            assertThat(first).hasMessage("down")
            assertThat(assertThrows<IOException> { outcome(second) }).hasMessage("down")
        }

        @Test
        fun mayReturnNothing() {
            assertThat(outcome(started { partner.nothing() })).isEqualTo(Unit)
            val second = started { partner.nothing() }

            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(second)).isEqualTo(Unit)
            assertThat(partner.calls()).containsExactly("nothing at 0s", "nothing at 10s")
        }

        @Test
        fun mayReturnNull() {
            assertThat(outcome(started { partner.nullable() })).isNull()
            val second = started { partner.nullable() }

            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(second)).isNull()
        }

        @Test
        fun hasAKeyOfItsParameters() {
            assertThat(outcome(started { partner.keyed("a") })).isEqualTo("a")
            assertThat(outcome(started { partner.keyed("b") })).isEqualTo("b")

            denial { partner.keyed("a") }
        }

        @Test
        fun hasTheContextOfItsCaller() {
            val first = started { withContext(CoroutineName("caller")) { partner.named() } }
            val second = started { withContext(CoroutineName("caller")) { partner.named() } }

            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(first)).isEqualTo("caller")
            assertThat(outcome(second)).isEqualTo("caller")
        }
    }

    @Nested
    inner class AFunctionThatDoesNotSuspend {
        @Test
        fun isLimitedAsOneOfJavaIs() {
            assertThat(partner.blocking("first")).isEqualTo("first")

            val second = scope.async { partner.blocking("second") }
            while (application.time().parkedThreads() == 0) {
                Thread.onSpinWait()
            }
            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(second)).isEqualTo("second")
        }
    }

    @Nested
    inner class AFlow {
        private fun collected(flow: Flow<String>): Deferred<List<String>> = started { flow.toList() }

        @Test
        fun takesNothingUntilItIsCollected() {
            repeat(100) { partner.flow("unused") }

            assertThat(outcome(collected(partner.flow("first")))).containsExactly("first", "end")
        }

        @Test
        fun asksEachTimeItIsCollected() {
            val flow = partner.flow("again")
            outcome(collected(flow))
            val second = collected(flow)
            val third = collected(flow)

            assertThat(denial { flow.toList() }.limitName).isEqualTo("Partner.flow")
            assertThat(application.time().parkedThreads()).isZero()
            assertThat(second.isActive).isTrue()
            application.advance(Duration.ofSeconds(10))
            assertThat(outcome(second)).containsExactly("again", "end")
            application.advance(Duration.ofSeconds(10))
            assertThat(outcome(third)).containsExactly("again", "end")
            assertThat(partner.calls()).containsExactly("again at 0s", "again at 10s", "again at 20s")
        }

        @Test
        fun givesThePermitBackWhenCancelledBeforeItsTurn() {
            outcome(collected(partner.flow("first")))
            val second = collected(partner.flow("second"))
            val third = collected(partner.flow("third"))

            runBlocking {
                second.cancel()
                second.join()
            }
            application.advance(Duration.ofSeconds(10))

            assertThat(outcome(third)).containsExactly("third", "end")
        }

        @Test
        fun isLimitedWhenASuspendingFunctionReturnsIt() {
            assertThat(outcome(started { partner.suspendedFlow("first").toList() })).containsExactly("first 0", "first 1")
            val second = started { partner.suspendedFlow("second").toList() }

            assertThat(second.isActive).isTrue()
            application.advance(Duration.ofSeconds(10))
            assertThat(outcome(second)).containsExactly("second 0", "second 1")
            assertThat(partner.calls()).containsExactly("first at 0s", "second at 10s")
        }
    }

    open class Shop {
        private val fallbacks = AtomicInteger()

        open fun fallbacks(): Int = fallbacks.get()

        @RateLimited(permits = 1, per = "10s", fallback = "cached")
        open suspend fun price(item: String): String = "fresh $item"

        suspend fun cached(item: String): String {
            delay(1)
            return "cached $item ${fallbacks.incrementAndGet()}"
        }

        @RateLimited(permits = 1, per = "10s", fallback = "cachedForNow")
        open suspend fun priceForNow(item: String): String = "fresh $item"

        suspend fun cachedForNow(item: String, denial: RateLimitExceededException): String {
            delay(1)
            return "cached $item for ${denial.retryAfter?.toSeconds()}s"
        }

        @RateLimited(permits = 1, per = "10s", fallback = "secret")
        open suspend fun guarded(): String = "fresh"

        private suspend fun secret(denial: RateLimitExceededException): String {
            delay(1)
            return "secret instead of ${denial.limitName}"
        }

        @RateLimited(permits = 1, per = "10s", fallback = "refused")
        open suspend fun refusing(): String = "fresh"

        suspend fun refused(denial: RateLimitExceededException): String {
            delay(1)
            throw IOException("nothing in the cache", denial)
        }

        @RateLimited(permits = 1, per = "10s", fallback = "unnamed")
        open suspend fun named(): String = "fresh"

        suspend fun unnamed(): String = "for ${currentCoroutineContext()[CoroutineName]?.name}"

        @RateLimited(permits = 1, per = "10s", fallback = "cachedFlow")
        open fun flow(item: String): Flow<String> = flowOf("fresh", item)

        fun cachedFlow(item: String, denial: RateLimitExceededException): Flow<String> =
            flowOf("cached", item, "for", denial.limitName)
    }

    @Nested
    inner class AFallback {
        @AutoClose private val shopping = Application()

        private val shop = shopping.start(Shop::class.java).bean(Shop::class.java)

        @Test
        fun hasTheSameParameters() {
            assertThat(outcome(started { shop.price("tea") })).isEqualTo("fresh tea")
            assertThat(outcome(started { shop.price("tea") })).isEqualTo("cached tea 1")
            assertThat(outcome(started { shop.price("tea") })).isEqualTo("cached tea 2")
            assertThat(shop.fallbacks()).isEqualTo(2)
        }

        @Test
        fun mayAskForTheDenialToo() {
            assertThat(outcome(started { shop.priceForNow("tea") })).isEqualTo("fresh tea")
            assertThat(outcome(started { shop.priceForNow("tea") })).isEqualTo("cached tea for 10s")
        }

        @Test
        fun mayBePrivate() {
            outcome(started { shop.guarded() })

            assertThat(outcome(started { shop.guarded() })).isEqualTo("secret instead of Shop.guarded")
        }

        @Test
        fun mayThrow() {
            outcome(started { shop.refusing() })

            val refused = assertThrows<IOException> { runBlocking { shop.refusing() } }

            assertThat(refused).hasMessage("nothing in the cache")
        }

        @Test
        fun hasTheContextOfItsCaller() {
            outcome(started { shop.named() })

            val second = started { withContext(CoroutineName("caller")) { shop.named() } }

            assertThat(outcome(second)).isEqualTo("for caller")
        }

        @Test
        fun mayBeAFlow() {
            assertThat(runBlocking { shop.flow("tea").toList() }).containsExactly("fresh", "tea")
            assertThat(runBlocking { shop.flow("tea").toList() }).containsExactly("cached", "tea", "for", "Shop.flow")
        }
    }

    @Nested
    inner class AtStart {
        private val records = mutableListOf<String>()
        private val logger = Logger.getLogger(RateLimitedPostProcessor::class.java.name)
        private val recorder =
            object : Handler() {
                override fun publish(entry: LogRecord) {
                    records.add(entry.message)
                }

                override fun flush() {}

                override fun close() {}
            }

        @AfterEach
        fun stopRecording() {
            logger.removeHandler(recorder)
            logger.useParentHandlers = true
        }

        private fun warnings(type: Class<*>): List<String> {
            logger.addHandler(recorder)
            logger.useParentHandlers = false
            Application().use { it.start(type) }
            return records
        }

        @Test
        fun nothingThatTheCompilerHasMadeIsReported() {
            assertThat(warnings(Partner::class.java)).isEmpty()
        }

        @Test
        fun aFunctionThatIsNotOpenIsReported() {
            assertThat(warnings(Closed::class.java)).singleElement().asString().contains("${Closed::class.java.name}#call.")
        }
    }

    open class Closed {
        @RateLimited(permits = 1)
        suspend fun call() {
            delay(1)
        }
    }
}
