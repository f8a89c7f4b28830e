package org.ringwall.conformance.kernel;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.loader.apply.BpffsPins;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.cli.Ringwall;

/** Commands of `ringwall` from their words to what they print; their pins have a base folder of their own. */
public final class TypedCommands {
    private final Path pins =
            BpffsPins.MOUNT.resolve("rwtyped-" + ProcessHandle.current().pid());

    /**
     * What became of a command.
     *
     * @param code that it ended with
     * @param text that it printed on both streams
     */
    public record Said(int code, String text) {
        /** Its lines. */
        public List<String> lines() {
            return text.lines().toList();
        }
    }

    /** Types the words of one command, behind `ringwall`. */
    public Said type(List<String> words) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = new Ringwall(
                        () -> LoaderHost.ofThisMachine(pins), new ByteArrayInputStream(new byte[0]), stream, stream)
                .execute(words.toArray(String[]::new));
        return new Said(code, said.toString(StandardCharsets.UTF_8));
    }

    /** The same of one that must succeed: its lines. */
    public List<String> done(String... words) {
        Said said = type(List.of(words));
        if (said.code() != 0) {
            throw new AssertionError(String.join(" ", words) + " ended with " + said.code() + ": " + said.text());
        }
        return said.lines();
    }

    /** Takes an instance away if it is there. */
    public void remove(String instance) {
        if (Files.exists(pins.resolve("v1").resolve(instance))) {
            try (LoaderHost host = LoaderHost.ofThisMachine(pins)) {
                host.remover().remove(InstanceName.parse(instance));
            }
        }
    }
}
