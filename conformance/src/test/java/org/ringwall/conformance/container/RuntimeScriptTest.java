// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.json.Json;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Guard;

/**
 * The OCI runtime of the package with a runtime and a command that only record their calls. Both
 * write to one file, so that a test sees the order.
 */
class RuntimeScriptTest {
    private static final String STATE = """
            {
              "ociVersion": "1.2.0",
              "id": "c1",
              "pid": 42,
              "status": "%s",
              "bundle": "BUNDLE",
              "annotations": {
                %s
              }
            }
            """;
    private static final String ANNOTATION = "\"org.ringwall.policy\": \"web\"";

    @TempDir
    private Path dir = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        program(
                "runtime",
                "echo \"runtime $*\" >>calls; case \" $* \" in *' state '*) cat state ;; esac;"
                        + " case \" $* \" in *' broken '*) exit 7 ;; esac");
        program(
                "ringwall",
                "cd " + dir + "; cat >given; env >environment; echo \"ringwall $*\" >>calls; [ ! -e refuse ] || { echo"
                        + " 'ringwall: there is no `web\"\\x`' >&2; echo '  help: see' >&2; exit 3; }");
        settings("");
        state("created", ANNOTATION);
    }

    private void program(String name, String body) throws IOException {
        Path file = Files.writeString(dir.resolve(name), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private void settings(String more) {
        write(
                "runtime.conf",
                "runtime=" + dir.resolve("runtime") + "\n# a comment\n\nringwall=" + dir.resolve("ringwall") + "\n"
                        + more);
    }

    private void state(String status, String annotation) {
        write("state", STATE.formatted(status, annotation).replace("BUNDLE", dir.toString()));
    }

    private void write(String name, String text) {
        try {
            Files.writeString(dir.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(String name) {
        try {
            Path file = dir.resolve(name);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Command call(String... words) {
        List<String> all = new ArrayList<>(List.of(
                GoldenCase.projectRoot().resolve("packaging/oci/ringwall-runc").toString()));
        all.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(all);
        builder.environment()
                .put("RINGWALL_RUNTIME_CONF", dir.resolve("runtime.conf").toString());
        builder.environment().put("RINGWALL_OF_CALLER", "seen");
        return Command.run(dir, builder);
    }

    private List<String> calls() {
        return read("calls").lines().toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "create --bundle /b c1",
                "state c1",
                "kill c1 9",
                "list",
                "ps c1",
                "pause c1",
                "resume c1",
                "update --resources - c1",
                "checkpoint c1",
                "features",
                "--version",
                "--root /r --log-format=json --systemd-cgroup --debug create c1"
            })
    void passesOtherCommandsOn(String words) {
        assertThat(call(words.split(" ", -1)).status()).isZero();
        assertThat(calls()).containsExactly("runtime " + words);
    }

    @Test
    void startsTheContainerAfterItsPoliciesAreInForce() {
        call("--root", "/r", "--log", "/dev/null", "start", "c1").succeeded();
        assertThat(calls())
                .containsExactly(
                        "runtime --root /r --log /dev/null state c1",
                        "ringwall oci-hook",
                        "runtime --root /r --log /dev/null start c1");
        assertThat(read("given")).isEqualTo(read("state"));
        assertThat(read("environment").lines())
                .allMatch(line -> line.matches("(PATH|PWD|SHLVL|_|OLDPWD)=.*"))
                .anyMatch(line -> line.startsWith("PATH=") && line.contains("/usr/sbin"));
    }

    /** Runtimes escape quotes, backslashes and control characters, some of them also `<`. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.ringwall.polcy",
                "org.ringwall.pol\\\\icy",
                "org.ringwall.pol\\\"icy",
                "org.ringwall.policy\\u003c",
                "org.ringwall.\\n",
                "org.ringwall."
            })
    void callsTheHookForAMisspelledAnnotation(String key) {
        state("created", "\"" + key + "\": \"web\"");
        call("start", "c1").succeeded();
        assertThat(calls()).containsExactly("runtime state c1", "ringwall oci-hook", "runtime start c1");
        write("calls", "");
        state("created", "");
        write("config.json", "{\"annotations\":{\"" + key + "\":\"web\"}}");
        assertThat(call("start", "c1").output()).contains("have no annotations; name runc or crun in ");
        assertThat(calls()).containsExactly("runtime state c1");
    }

    @Test
    void aStateWithoutAStatusIsRefused() {
        write("state", "{\"id\": \"c1\"}");
        assertThat(call("start", "c1").output()).contains("has no status that can be read");
        assertThat(calls()).containsExactly("runtime state c1");
    }

    @Test
    void refusesARuntimeThatReportsNoAnnotations() {
        state("created", "");
        write("config.json", "{\"annotations\":{" + ANNOTATION + "}}");
        assertThat(call("start", "c1").output()).contains("have no annotations; name runc or crun in ");
        assertThat(calls()).containsExactly("runtime state c1");
    }

    @Test
    void startsAContainerWithoutAnAnnotation() {
        write("config.json", "{\"args\":[\"\\\"org.ringwall.policy\\\"\"]}");
        state("created", "\"other\": \"org.ringwall.policy\\\" \"");
        call("start", "c1").succeeded();
        assertThat(calls()).containsExactly("runtime state c1", "runtime start c1");
    }

    @Test
    void anAnnotationAddsToThePoliciesOfTheSettings() {
        settings("policies=base other@host\noptions=--agent=required\n");
        call("start", "c1").succeeded();
        assertThat(calls())
                .containsExactly(
                        "runtime state c1",
                        "ringwall oci-hook --agent=required base other@host",
                        "ringwall oci-hook --agent=required",
                        "runtime start c1");
    }

    @ParameterizedTest
    @CsvSource({"json", "text"})
    void doesNotStartTheContainerWithoutItsPolicies(String format) {
        write("refuse", "");
        Path log = dir.resolve("log");
        Command start = call("--log", log.toString(), "--log-format", format, "start", "c1");
        String message = "ringwall: the container is not started: there is no `web\"\\x`; help: see";
        assertThat(start).isEqualTo(new Command(1, message + "\n"));
        assertThat(calls()).last().isEqualTo("ringwall oci-hook");
        if (format.equals("json")) {
            assertThat(read("log"))
                    .startsWith("{\"level\":\"error\",\"msg\":" + Json.of(message) + ",\"time\":\"")
                    .endsWith("Z\"}\n");
        } else {
            assertThat(read("log")).contains(" level=error msg=" + Json.of(message));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run c1",
                "restore --bundle /b c1",
                "init",
                "unknown c1",
                "--unknown start c1",
                "-root /r start c1",
                "--version start c1",
                "start",
                "start c1 c2",
                "exec c1 sh"
            })
    void refusesWhatCouldStartAContainer(String words) {
        Command refused = call(words.split(" ", -1));
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).startsWith("ringwall: ");
        assertThat(calls()).isSubsetOf("runtime state c1", "runtime state");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec c1 sh",
                "exec --process /p/a --pid-file /p/b --detach c1",
                "--root /r exec -t --user 0 --env A=B --cwd / c1 echo -e x"
            })
    void executesInAStartedContainer(String words) {
        state("running", ANNOTATION);
        assertThat(call(words.split(" ", -1)).status()).isZero();
        assertThat(calls()).hasSize(2).first().asString().endsWith("state c1");
        assertThat(calls()).last().isEqualTo("runtime " + words);
    }

    @Test
    void refusesAStateThatTheRuntimeDoesNotHave() {
        assertThat(call("start", "broken").output()).contains("no state of the container `broken`");
        assertThat(calls()).containsExactly("runtime state broken");
    }

    @Test
    void forgetsTheCgroupAfterTheContainer() throws InterruptedException {
        state("running", ANNOTATION);
        assertThat(call("delete", "--force", "c1").status()).isZero();
        assertThat(calls()).startsWith("runtime state c1", "runtime delete --force c1");
        Guard.await("the hook is called", () -> calls().size() >= 3);
        assertThat(calls()).last().isEqualTo("ringwall oci-hook");
        assertThat(read("given")).contains("\"status\": \"stopped\"", ANNOTATION);
    }

    @Test
    void aContainerThatCannotBeDeletedKeepsItsPolicies() throws InterruptedException {
        assertThat(call("delete", "broken").status()).isEqualTo(7);
        Thread.sleep(6000);
        assertThat(calls()).containsExactly("runtime state broken", "runtime delete broken");
    }

    @Test
    void refusesUnknownSettings() {
        settings("policy=web\n");
        Command refused = call("create", "c1");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("`policy=web` is not a setting; write runtime=");
        assertThat(calls()).isEmpty();
    }

    @Test
    void settingsThatCannotBeReadAreNotTakenForNone() throws IOException {
        Path settings = dir.resolve("runtime.conf");
        Files.delete(settings);
        Files.createSymbolicLink(settings, dir.resolve("nowhere"));
        String message = "ringwall: " + settings + " is not a file that can be read\n";
        assertThat(call("start", "c1")).isEqualTo(new Command(1, message));
        Files.delete(settings);
        Files.createDirectory(settings);
        assertThat(call("start", "c1")).isEqualTo(new Command(1, message));
        assertThat(calls()).isEmpty();
    }

    @Test
    void aSecondLineOfPoliciesDoesNotReplaceTheFirst() {
        settings("policies=base\npolicies=other\n");
        assertThat(call("start", "c1").output()).contains("`policies=` occurs twice; write all names in one line");
        assertThat(calls()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"start c1, stopped, has ended", "exec c1 sh, paused, 'is not started yet, or is paused'"})
    void refusesAStatusInWhichNoPolicyIsPutInForce(String words, String status, String message) {
        // A name that the container's creator chose hides no status.
        state(status, ANNOTATION + ", \"status\": \"running\"");
        Command refused = call(words.split(" ", -1));
        assertThat(refused).isEqualTo(new Command(1, "ringwall: the container `c1` " + message + "\n"));
        assertThat(calls()).containsExactly("runtime state c1");
    }

    @Test
    void aSettingIsNotCode() {
        settings("policies=$(touch x) `touch y` *\n");
        call("start", "c1").succeeded();
        assertThat(calls()).contains("ringwall oci-hook $(touch x) `touch y` *");
        assertThat(dir.resolve("x")).doesNotExist();
        assertThat(dir.resolve("y")).doesNotExist();
    }

    @Test
    void aMissingRuntimeIsAnError() {
        write("runtime.conf", "runtime=/nowhere/runc\n");
        assertThat(call("state", "c1").output()).contains("/nowhere/runc is not a program");
    }
}
