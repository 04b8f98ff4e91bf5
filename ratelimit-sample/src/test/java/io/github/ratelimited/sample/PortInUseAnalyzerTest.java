package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.PortInUseException;

@ExtendWith(OutputCaptureExtension.class)
class PortInUseAnalyzerTest {

    @Test
    void saysHowToStartTheSampleAtAnotherPort(CapturedOutput output) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatExceptionOfType(Exception.class)
                    .isThrownBy(() ->
                            SpringApplication.run(SampleApplication.class, "--server.port=" + taken.getLocalPort()))
                    .withStackTraceContaining(PortInUseException.class.getName());
            assertThat(output)
                    .contains("Port " + taken.getLocalPort() + " is in use by another program")
                    .contains("mvn -q spring-boot:run \"-Dspring-boot.run.arguments=--server.port=");
        }
    }
}
