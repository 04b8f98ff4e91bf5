package io.github.ratelimited.sample;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says how to start the sample where another program has its port. */
@Order(Ordered.HIGHEST_PRECEDENCE) // before Spring Boot's own, which does not know the command
class PortInUseAnalyzer extends AbstractFailureAnalyzer<PortInUseException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, PortInUseException inUse) {
        int port = inUse.getPort();
        int another = port < 65_000 ? port + 100 : port - 100;
        return new FailureAnalysis(
                "Port " + port + " is in use by another program, perhaps by a sample that still runs.",
                "End that program, or take another port, for example:\n\n"
                        + "mvn -q spring-boot:run \"-Dspring-boot.run.arguments=--server.port=" + another + "\"",
                inUse);
    }
}
