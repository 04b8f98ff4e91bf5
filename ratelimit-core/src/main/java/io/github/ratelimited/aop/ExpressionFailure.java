package io.github.ratelimited.aop;

import java.util.EnumSet;
import java.util.Set;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.expression.spel.SpelEvaluationException;
import org.springframework.expression.spel.SpelMessage;

/** Why an expression has no value for a call, without the values of that call: whoever logs it logs no user's text. */
public final class ExpressionFailure {

    private static final Log log = LogFactory.getLog(ExpressionFailure.class);

    /** These name types, and what stands in the expression; others quote values, or somebody who may. */
    private static final Set<SpelMessage> WITHOUT_VALUES = EnumSet.of(
            SpelMessage.TYPE_CONVERSION_ERROR,
            SpelMessage.METHOD_NOT_FOUND,
            SpelMessage.METHOD_CALL_ON_NULL_OBJECT_NOT_ALLOWED,
            SpelMessage.PROPERTY_OR_FIELD_NOT_READABLE,
            SpelMessage.PROPERTY_OR_FIELD_NOT_READABLE_ON_NULL,
            SpelMessage.CANNOT_INDEX_INTO_NULL_VALUE,
            SpelMessage.INDEXING_NOT_SUPPORTED_FOR_TYPE,
            SpelMessage.NOT_COMPARABLE,
            SpelMessage.OPERATOR_NOT_SUPPORTED_BETWEEN_TYPES);

    private ExpressionFailure() {}

    /**
     * The failure to throw. What it stands for is no cause of it, since all the chain is logged; it is logged at DEBUG.
     *
     * @param what which expression has failed, for the message
     */
    public static IllegalStateException of(String what, RuntimeException failed) {
        log.debug(what, failed);
        return new IllegalStateException(what + ": " + why(failed));
    }

    private static String why(RuntimeException failed) {
        if (failed instanceof SpelEvaluationException ofSpel) {
            return WITHOUT_VALUES.contains(ofSpel.getMessageCode())
                    ? String.valueOf(failed.getMessage())
                    : ofSpel.getMessageCode() + inFull();
        }
        return failed instanceof ArithmeticException // of no text
                ? String.valueOf(failed.getMessage())
                : failed.getClass().getName() + inFull();
    }

    private static String inFull() {
        return " (in full at DEBUG of " + ExpressionFailure.class.getName() + ")";
    }
}
