package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The command as a user runs it, in real time: never faster than the limit; how much slower is the machine's affair. */
@ExtendWith(OutputCaptureExtension.class)
class FetchCommandTest {

    @Test
    void fetchesAListNoFasterThanFiveASecond(CapturedOutput output) {
        long begin = System.nanoTime();
        int exitCode = FetchCommand.run("--fetch=/1,/2,/3,/4,/5,/6");
        Duration took = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(exitCode).isZero();
        assertThat(took).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(output)
                .contains("6 URLs at 5 per 1s, burst 1")
                .containsPattern("\\d\\.\\d{3}  200  http://127.0.0.1:\\d+/6")
                .contains("6 requests (0 failed) in ");
    }

    @Test
    void fetchesAFileWithOneUrlALine(@TempDir Path directory, CapturedOutput output) throws IOException {
        Path file = Files.writeString(directory.resolve("urls.txt"), "# the catalogue\n/item/7\n\n  /item/8\n");

        assertThat(FetchCommand.run("--fetch=" + file)).isZero();
        assertThat(output).contains("/item/7").contains("/item/8").contains("2 requests (0 failed) in ");
    }

    @Test
    void isAskedForByItsOptionAlone() {
        assertThat(FetchCommand.isAskedFor("--fetch=demo")).isTrue();
        assertThat(FetchCommand.isAskedFor("fetch", "--server.port=0")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --fetch                      | --fetch takes one value; write for example --fetch=demo
                    --fetch=                     | --fetch takes one value; write for example --fetch=demo
                    --fetch=,                    | --fetch=,: there is no URL in it
                    --fetch=no/such/file         | --fetch=no/such/file: this file cannot be read: java.nio.file.NoSuchFileException
                    --fetch=/1,http://a b        | --fetch: this is no URL: Illegal character
                    --fetch=ftp://example.com/a  | --fetch: 'ftp://example.com/a' is neither a URL such as
                    --fetch=/1,item/2            | --fetch: 'item/2' is neither a URL such as
                    --fetch=http:///a            | --fetch: 'http:///a' is neither a URL such as
                    --fetch=mailto:a@b.example,/1 | --fetch: 'mailto:a@b.example' is neither a URL such as
                    """)
    void endsWithAMessageWhenItsArgumentIsWrong(String argument, String message, CapturedOutput output) {
        assertThat(FetchCommand.run(argument)).isEqualTo(2);
        assertThat(output.getErr()).startsWith(message);
        assertThat(output.getOut()).isEmpty();
    }

    @Test
    void takesOneValueOnly(CapturedOutput output) {
        assertThat(FetchCommand.run("--fetch=demo", "--fetch=demo")).isEqualTo(2);
        assertThat(output.getErr()).startsWith("--fetch takes one value");
    }

    @Test
    void saysSoWhenAFileHasNoUrl(@TempDir Path directory, CapturedOutput output) throws IOException {
        Path file = Files.writeString(directory.resolve("empty.txt"), "\n# nothing\n");

        assertThat(FetchCommand.run("--fetch=" + file)).isEqualTo(2);
        assertThat(output.getErr()).startsWith("--fetch=" + file + ": there is no URL in it");
    }
}
