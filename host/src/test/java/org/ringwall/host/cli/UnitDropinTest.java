// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.UnitName;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.model.InstanceName;

class UnitDropinTest {
    @TempDir
    Path dir = Path.of("");

    private Path object = Path.of("");
    private Path program = Path.of("");

    @BeforeEach
    void files() throws IOException {
        object = Files.write(dir.resolve("web.o"), StateObjects.web().file());
        program = Files.createFile(dir.resolve("ringwall"));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(object, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** Returns the exit code and what is printed. */
    private Map.Entry<Integer, String> type(String... words) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        int code = new Ringwall(
                        () -> {
                            throw new IllegalStateException("needs no kernel");
                        },
                        out,
                        out)
                .execute(words);
        return Map.entry(code, bytes.toString(StandardCharsets.UTF_8));
    }

    private Map.Entry<Integer, String> dropin(String unit, String... more) {
        List<String> words =
                new ArrayList<>(List.of("unit-dropin", unit, object.toString(), "--command", program.toString()));
        words.addAll(List.of(more));
        return type(words.toArray(String[]::new));
    }

    @Test
    void aServiceAppliesItsPoliciesBeforeEveryCommand() {
        assertThat(dropin("web.service").getValue()).isEqualTo("""
                # Made by ringwall unit-dropin. At each start of the unit its policies come into force
                # before any of its processes runs. The unit does not start if that fails.
                # Again after a change of the unit: ringwall unit-dropin web.service DIR/web.o --command DIR/ringwall --install
                [Unit]
                RequiresMountsFor=/sys/fs/bpf DIR/ringwall DIR/web.o

                [Service]
                ExecCondition=
                ExecCondition=+/bin/sh -c '"$$@" || exit 255' sh DIR/ringwall apply DIR/web.o --for-unit %n
                """.replace("DIR", dir.toString()));
        assertThat(dropin("web.socket").getValue())
                .endsWith("[Socket]\nExecStartPre=\nExecStartPre=+DIR/ringwall apply DIR/web.o --for-unit %n\n"
                        .replace("DIR", dir.toString()));
    }

    private Path unit(String path, String text) throws IOException {
        Path file = dir.resolve("units").resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private String installed(String unit, String file) throws IOException {
        String units = dir.resolve("units").toString();
        assertThat(dropin(unit, "--install", "--dir", units).getKey()).isZero();
        return Files.readString(dir.resolve("units").resolve(file));
    }

    @Test
    void aUnitsOwnCommandsComeAfterItsPolicies() throws IOException {
        Path main = unit(
                "web.service",
                "[Service]\nExecCondition=/bin/early\nExecCondition=\nExecCondition=-/bin/sh -c"
                        + " 'echo \"a  b\" \\\n# a comment\n  %i'\n[Other]\nExecCondition=/bin/no\n");
        Path more = unit("web.service.d/70-more.conf", "[Service]\nExecCondition = +/bin/more\n");
        Path earlier = unit(
                "web.service.d/50-ringwall.conf",
                "# Made by ringwall unit-dropin.\n[Service]\nExecCondition=/bin/old\n");
        assertThat(installed("web.service", "web.service.d/zz-ringwall.conf"))
                .endsWith("--for-unit %n\n# From " + main + "\nExecCondition=-/bin/sh -c 'echo \"a  b\"  %i'\n# From "
                        + more + "\nExecCondition=+/bin/more\n");
        assertThat(earlier).doesNotExist();
        Path door = unit("door.socket", "[Socket]\nExecStartPre=/bin/own\n");
        assertThat(installed("door.socket", "door.socket.d/zz-ringwall.conf"))
                .endsWith("--for-unit %n\n# From " + door + "\nExecStartPre=/bin/own\n");
    }

    @Test
    void aFileThatTakesThePoliciesAwayIsNamed() throws IOException {
        unit("web.service", "[Service]\n");
        Path later = unit("web.service.d/zzz.conf", "[Service]\nExecCondition=\n");
        assertThat(dropin("web.service", "--install", "--dir", dir + "/units").getValue())
                .contains("note: `" + later + "` is read after the drop-in, and takes the policies away");
        unit("api@.service", "[Service]\n");
        unit("api@a.service.d/own.conf", "[Service]\nExecCondition=/bin/own\n");
        assertThat(dropin("api@.service", "--install", "--dir", dir + "/units").getValue())
                .contains("note: `api@a.service` has commands of its own before its start");
    }

    @Test
    void connectionsShareTheInstanceOfTheirTemplateAndStartNoJava() throws IOException {
        unit("a-b.socket", "[Socket]\nListenStream=1\nAccept=yes\n");
        unit("a-b@.service", "[Service]\nSlice=web.slice\nExecCondition=/bin/own\n");
        String service = installed("a-b@.service", "a-b@.service.d/zz-ringwall.conf");
        assertThat(service)
                .contains("\nSlice=web-a\\x2db.slice\nExecCondition=\nExecCondition=+/bin/sh -c")
                .contains(" unit-check \"web-a\\\\x2db.slice\" web@a-b_40-service\n# From ")
                .endsWith("\nExecCondition=/bin/own\n")
                .doesNotContain("apply");
        String socket = Files.readString(dir.resolve("units/a-b.socket.d/zz-ringwall.connections.conf"));
        assertThat(socket)
                .contains("\nRequires=web-a\\x2db.slice\nAfter=web-a\\x2db.slice\n")
                .endsWith("[Socket]\nExecStartPre=+" + program + " apply " + object + " --for-unit a-b@.service\n");
        assertThat(dropin("a-b@.service", "--install", "--dir", dir + "/units").getValue())
                .contains("a-b@.service: is already in", "a-b.socket: is already in", "systemctl restart a-b.socket");
        unit("a-b@.service", "[Service]\nSlice=web-%i.slice\n");
        assertThat(dropin("a-b@.service", "--install", "--dir", dir + "/units").getValue())
                .contains("`Slice=web-%i.slice`, which is not the name of a slice for all instances");
        unit("a-b.socket", "[Socket]\nListenStream=1\nAccept=no\n");
        assertThat(installed("a-b@.service", "a-b@.service.d/zz-ringwall.conf")).contains("--for-unit %n");
    }

    @Test
    void aTemplatesSliceIsThatOfSystemdOrOneInItsOwn() {
        assertThat(UnitName.of("each@.service").slice(Optional.empty())).isEqualTo("system-each.slice");
        assertThat(UnitName.of("a-b@.service").slice(Optional.empty())).isEqualTo("system-a\\x2db.slice");
        assertThat(UnitName.of("each@.service").slice(Optional.of("-.slice"))).isEqualTo("each.slice");
        assertThat(UnitName.of("each@.service").slice(Optional.of("web-each.slice")))
                .isEqualTo("web-each.slice");
    }

    @Test
    void pathsAreQuotedForSystemd() throws IOException {
        Path folder = Files.createDirectory(dir.resolve("a \"b\" \\ %n $HOME"));
        object = Files.copy(object, folder.resolve("web.o"));
        Files.setPosixFilePermissions(object, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(dropin("web.service").getValue())
                .contains("apply \"" + dir + "/a \\\"b\\\" \\\\ %%n $$HOME/web.o\" --for-unit")
                .contains("ringwall \"" + dir + "/a \\\"b\\\" \\\\ %%n $HOME/web.o\"\n");
    }

    @Test
    void installingTwiceChangesNothing() throws IOException {
        String units = dir.resolve("units").toString();
        Path file = dir.resolve("units/web.service.d/zz-ringwall.conf");
        assertThat(dropin("web.service", "--install", "--dir", units).getValue())
                .isEqualTo("web.service: wrote `" + file + "`; the policies come into force at the next start\n");
        String text = Files.readString(file);
        assertThat(text).isEqualTo(dropin("web.service").getValue());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r--r--");
        assertThat(dropin("web.service", "--install", "--dir", units).getValue())
                .contains("is already in");
        assertThat(dropin("web.service", "--install", "--dir", units, "--json").getValue())
                .contains("\"changed\":false");
        Files.writeString(file, "[Service]\n");
        assertThat(dropin("web.service", "--install", "--dir", units))
                .satisfies(result -> assertThat(result.getKey()).isEqualTo(ExitCode.REFUSED))
                .satisfies(result -> assertThat(result.getValue()).contains("was not made by this command"));
        try (Stream<Path> left = Files.list(dir.resolve("units/web.service.d"))) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void everyUnitHasAnInstanceOfItsOwn() {
        Map<String, String> seen = new HashMap<>();
        for (String unit : List.of(
                "web.service",
                "web.socket",
                "web.socket.service",
                "web-socket.service",
                "web@a.service",
                "web_40a.service",
                "web@a\\x2db.service",
                "web@a-b.service",
                "web:a.service")) {
            String instance = UnitName.of(unit).instance();
            assertThat(new InstanceName("web", instance).instance()).isEqualTo(instance);
            assertThat(seen.put(instance, unit)).as(unit).isNull();
        }
        assertThat(seen).containsKeys("web-service", "web_40a-service", "web-socket");
        assertThatThrownBy(() -> new InstanceName(
                        "web", UnitName.of("w".repeat(120) + ".service").instance()))
                .hasMessageContaining("is not a valid name of an instance");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "web|is not the name of a unit|nginx.service",
                "../web.service|is not the name of a unit|nginx.service",
                "web*.service|is not the name of a unit|nginx.service",
                "web.slice|runs no command before its processes|policies.d",
                "session-1.scope|runs no command before its processes|ringwall apply OBJ.o --unit",
                "web.timer|runs no command before its processes|name the service that it starts",
                "web.device|is not a type of units with processes|name a service or socket"
            })
    void unitsThatCannotApplyAPolicyAreRefused(String unit, String message, String help) {
        assertThat(dropin(unit)).satisfies(result -> {
            assertThat(result.getKey()).isEqualTo(ExitCode.USAGE);
            assertThat(result.getValue()).contains(message, help);
        });
    }

    @Test
    void filesThatOthersCanChangeAreRefused() throws IOException {
        Files.setPosixFilePermissions(object, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(dropin("web.service").getValue()).contains("is not used", "can be written by other users");
    }

    @Test
    void wordsThatExcludeEachOtherAreRefused() {
        assertThat(dropin("web.service", "--user").getValue()).contains("needs root", "user@UID.service");
        assertThat(dropin("web.service", "--dir", "/nowhere").getValue()).contains("--dir needs --install");
        assertThat(dropin("web.service", object.toString()).getValue()).contains("is given twice");
        assertThat(type("unit-dropin", "web.service", object.toString(), "--command", "ringwall")
                        .getValue())
                .contains("is not an absolute path");
        assertThat(type("unit-dropin", "web.service", object.toString(), "--command", "/a\nExecStart=/b")
                        .getValue())
                .contains("has a character that units cannot contain");
        assertThat(type("unit-dropin", "web.service", object.toString(), "--install", "--command", "/nowhere")
                        .getValue())
                .contains("there is no command");
        assertThat(type("apply", object.toString(), "--for-unit", "web.service", "--unit", "web.slice")
                        .getValue())
                .contains("--for-unit and --unit exclude each other");
    }
}
