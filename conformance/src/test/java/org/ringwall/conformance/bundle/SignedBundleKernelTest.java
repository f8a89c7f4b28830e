// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.state.Caller;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Signed bundles on a real kernel: what is admitted is in force, and nothing else touches it. */
@KernelTest
class SignedBundleKernelTest extends TrustingHost {
    private static final long EPERM = 1;
    private static final long ECONNREFUSED = 111;

    private final Caller caller = Caller.in(cgroup.path());

    @BeforeEach
    void trustAKey() {
        ringwallc(0, "keygen", "--out", path("key"));
        ringwallc(0, "keygen", "--out", path("other"), "--algorithm", "p256");
        typed(0, "trust", "add", path("key.pub"), "--scope", "web");
    }

    @AfterEach
    void clean() {
        caller.close();
    }

    /** Returns a bundle that denies a port, signed by a key unless its name is empty. */
    private String bundle(String version, int port, String key) throws IOException {
        Files.writeString(
                folder.resolve("web.wall"),
                "policy web\negress { deny if remote.port == " + port + "; default allow }\n");
        String file = path("web-" + version + key + ".wallpack");
        ringwallc(0, "bundle", path("web.wall"), "-o", file, "--name", "agents", "--version", version);
        if (!key.isEmpty()) {
            ringwallc(0, "sign", file, "--key", path(key + ".pem"));
        }
        return file;
    }

    private long connect(int port) {
        return caller.connectTcp("127.0.0.1:" + port);
    }

    @Test
    void onlySignedBundlesOfNewerVersionsComeIntoForce() throws IOException {
        String place = cgroup.path().toString();
        String old = bundle("7", 9, "key");
        assertThat(typed(0, "apply", old, "--cgroup", place)).startsWith("web@main: in force, generation 1");
        assertThat(List.of(connect(9), connect(10))).containsExactly(EPERM, ECONNREFUSED);
        assertThat(typed(3, "apply", bundle("8", 10, ""))).contains("it is not signed, and this host trusts keys");
        assertThat(typed(3, "apply", bundle("8", 10, "other"))).contains("is not trusted by this host");
        ringwallc(0, "compile", path("web.wall"), "-o", path("web.o"));
        assertThat(typed(3, "apply", path("web.o"))).contains("it is not from a signed bundle");
        assertThat(typed(125, "run", path("web.o"), "--", "true")).contains("it is not from a signed bundle");
        assertThat(List.of(connect(9), connect(10))).containsExactly(EPERM, ECONNREFUSED);

        assertThat(typed(0, "apply", bundle("8", 10, "key"))).startsWith("web@main: in force, generation 2");
        assertThat(List.of(connect(9), connect(10))).containsExactly(ECONNREFUSED, EPERM);
        assertThat(typed(3, "apply", old))
                .contains("its version 7 of policy `web` is lower than 8, which was applied before");
        assertThat(typed(125, "run", old, "--", "true")).contains("is lower than 8");
        assertThat(List.of(connect(9), connect(10))).containsExactly(ECONNREFUSED, EPERM);
        assertThat(typed(0, "apply", old, "--allow-downgrade")).startsWith("web@main: in force, generation 3");
        assertThat(connect(9)).isEqualTo(EPERM);
        assertThat(typed(0, "journal", "--json")).contains("\"downgrade\":\"7 after 8\"");
        assertThat(typed(0, "apply", old)).startsWith("web@main: in force, generation 4");
        assertThat(typed(0, "run", old, "--", "true")).isEmpty();

        Path record = folder.resolve("var/lib/ringwall/versions");
        Files.delete(record);
        assertThat(typed(3, "apply", old)).contains("the record of versions `" + record + "` is missing");
        typed(0, "apply", old, "--allow-downgrade");
        assertThat(Files.readString(record)).startsWith("ringwall-versions 2\nweb 7 ");
    }

    @Test
    void aVersionThatWasNotConfirmedDoesNotForbidTheOneBefore() throws IOException {
        String old = bundle("7", 9, "key");
        String fresh = bundle("8", 10, "key");
        Path record = folder.resolve("var/lib/ringwall/versions");
        typed(0, "apply", old, "--cgroup", cgroup.path().toString());
        typed(0, "apply", fresh, "--confirm", "1h");
        assertThat(Files.readString(record)).contains("\nweb 7 ");
        typed(0, "confirm", "web", "--roll-back");
        assertThat(connect(9)).isEqualTo(EPERM);
        assertThat(typed(0, "apply", old)).startsWith("web@main: in force");
        typed(0, "apply", fresh, "--confirm", "1h");
        typed(0, "confirm", "web");
        assertThat(Files.readString(record)).contains("\nweb 8 ");
        assertThat(typed(3, "apply", old)).contains("is lower than 8");
        typed(0, "apply", old, "--allow-downgrade", "--confirm", "1h");
        assertThat(Files.readString(record)).contains("\nweb 8 ");
        typed(0, "confirm", "web");
        assertThat(Files.readString(record)).contains("\nweb 7 ");
        assertThat(typed(0, "journal", "--json")).contains("\"downgrade\":\"7 after 8\"");
    }

    @Test
    void aConfirmedVersionDoesNotReplaceThatOfAnotherInstance() throws IOException {
        String old = bundle("7", 9, "key");
        String place = cgroup.path().toString();
        typed(0, "apply", bundle("6", 9, "key"), "--cgroup", place);
        typed(0, "apply", old, "--confirm", "1h");
        typed(0, "apply", bundle("8", 10, "key"), "--instance", "other", "--cgroup", place);
        try {
            typed(0, "confirm", "web");
            assertThat(Files.readString(folder.resolve("var/lib/ringwall/versions")))
                    .contains("\nweb 8 ");
            assertThat(typed(3, "apply", old, "--instance", "other")).contains("is lower than 8");
        } finally {
            commands.remove("web@other");
        }
    }

    @Test
    void declaredStateIsAdmittedInEachRound() throws IOException {
        Path declared = Files.createDirectory(folder.resolve("policies.d"));
        String place = "places: [{path: " + cgroup.path() + "}]\n";
        String file = bundle("7", 9, "");
        Files.writeString(declared.resolve("a.yaml"), "policy: " + file + "\n" + place);
        assertThat(typed(3, "sync", "--dir", declared.toString())).contains("it is not signed");
        assertThat(connect(9)).isEqualTo(ECONNREFUSED);
        ringwallc(0, "sign", file, "--key", path("key.pem"));
        assertThat(typed(0, "sync", "--dir", declared.toString())).contains("web@main: in force as declared");
        assertThat(connect(9)).isEqualTo(EPERM);
        assertThat(Files.readString(folder.resolve("var/lib/ringwall/versions")))
                .contains("\nweb 7 ");
        typed(0, "trust", "revoke", typed(0, "trust", "list").substring(0, 64));
        assertThat(typed(3, "sync", "--dir", declared.toString())).contains("was revoked on");
        assertThat(connect(9)).as("the policy stays in force").isEqualTo(EPERM);
    }

    /** Returns the number of calls of bpf(2) of one apply. */
    private long calls(String file, StringBuilder said) throws IOException {
        Path log = folder.resolve("strace");
        List<String> words = new ArrayList<>(List.of("strace", "-f", "-qq", "-e", "trace=bpf", "-o", log.toString()));
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TrustingMain.class.getName(),
                folder.toString(),
                "apply",
                file,
                "--dry-run",
                "--cgroup",
                cgroup.path().toString()));
        said.setLength(0);
        said.append(Command.run(folder, words).output());
        return Files.readAllLines(log).stream()
                .filter(call -> call.contains("bpf("))
                .count();
    }

    @Test
    @ToolTest("strace")
    void aBundleIsVerifiedBeforeAnySystemCallOfBpf() throws IOException {
        StringBuilder said = new StringBuilder();
        String good = bundle("7", 9, "key");
        assertThat(calls(good, said)).as("%s", said).isPositive();
        byte[] changed = Files.readAllBytes(Path.of(good));
        changed[new String(changed, StandardCharsets.ISO_8859_1).indexOf("\"sig\":\"") + 9] ^= 1;
        String hostile =
                Files.write(folder.resolve("hostile.wallpack"), changed).toString();
        for (String file : List.of(bundle("7", 9, ""), bundle("7", 9, "other"), hostile)) {
            assertThat(calls(file, said)).as("%s", said).isZero();
            assertThat(said.toString())
                    .startsWith("ringwall: the bundle `" + file + "` is refused: ")
                    .containsPattern("\n  help: .+\n$");
        }
    }
}
