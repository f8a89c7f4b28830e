// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bundle.CanonicalJson;
import org.ringwall.conformance.bypass.ForeignProgram;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Statements about what is in force, signed on the host and verified away from it. */
@KernelTest
class AttestKernelTest extends TrustingHost {
    @BeforeEach
    void applyASignedBundle() throws IOException {
        ringwallc(0, "keygen", "--out", path("release"));
        Files.writeString(
                folder.resolve("web.wall"),
                "policy web\nparam p : port in 1..99 = 9\n"
                        + "egress { deny if remote.port == p { log }; default allow }\n");
        ringwallc(0, "bundle", path("web.wall"), "-o", path("web.wallpack"), "--name", "agents", "--version", "7");
        ringwallc(0, "sign", path("web.wallpack"), "--key", path("release.pem"));
        typed(0, "trust", "add", path("release.pub"));
        typed(0, "apply", path("web.wallpack"), "--cgroup", cgroup.path().toString(), "--param", "p=10");
    }

    /** Returns the value at a path of names; of a list, the first element is meant. */
    private static Object at(Object from, String... path) {
        Object value = from;
        for (String name : path) {
            Object map = value instanceof List<?> list ? list.get(0) : value;
            value = Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(map)).get(name), name);
        }
        return value;
    }

    private static String text(Object from, String... path) {
        return at(from, path).toString();
    }

    @Test
    void statesPoliciesProgramsOrderAndBypasses() throws Exception {
        try (ForeignProgram ignored = ForeignProgram.redirectsToLoopback(cgroup)) {
            Map<String, Object> statement = CanonicalJson.parse(typed(0, "attest", "--json"));
            String object = typed(0, "status").replaceFirst("(?s).*object: SHA-256 ([0-9a-f]{64}).*", "$1");
            assertThat(at(statement, "subject"))
                    .isEqualTo(List.of(Map.of("name", "web@main", "digest", Map.of("sha256", object))));
            assertThat(text(statement, "predicate", "host", "bootId"))
                    .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                            .strip());
            Object web = at(statement, "predicate", "instances");
            assertThat(text(web, "state")).isEqualTo("in-force");
            assertThat(text(web, "bundle", "version")).isEqualTo("7");
            assertThat(text(web, "bundle", "key"))
                    .isEqualTo(typed(0, "trust", "list").substring(0, 64));
            assertThat(text(web, "check", "result")).isEqualTo("same");
            assertThat(text(web, "check", "signature", "state")).isEqualTo("valid");
            assertThat(text(web, "params")).isEqualTo("{p=10}");
            assertThat(text(web, "lost")).contains("events=0");
            assertThat(text(web, "bypasses")).contains("id=raw-send, status=open");
            for (Object time : List.of(at(web, "since"), at(statement, "predicate", "time"))) {
                assertThat(time.toString()).matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");
            }
            List<String> outside = outside(web);
            assertThat(outside).hasSizeGreaterThan(1);
            assertThat(commands.type(List.of("doctor")).text())
                    .containsPattern("\nwarning  web@main: does not cover these bypasses: .*raw-send of egress");
            assertThat(text(web, "places", "cgroup")).isEqualTo(cgroup.path().toString());
            assertThat(text(web, "places", "id"))
                    .isEqualTo(Files.getAttribute(cgroup.path(), "unix:ino").toString());
            List<?> order = (List<?>) at(web, "places", "order", Hook.CONNECT4.word());
            assertThat(order).as("ours and the foreign one").hasSize(2);
            assertThat(text(statement, "predicate", "programs"))
                    .contains("id=" + order.get(0) + ", name=connect4_")
                    .contains("id=" + order.get(1) + ", ")
                    .contains("owner=web@main")
                    .contains("owner=another owner");
            assertThat(typed(0, "attest"))
                    .contains(state() + "\n")
                    .doesNotContain("bypass outside")
                    .contains(" bypasses that no policy closes: " + outside.get(0) + ", ")
                    .contains("since " + text(web, "since") + ", object")
                    .contains("compared with its object: same; signature: valid, key ")
                    .containsPattern("connect4: connect4_\\w+ of web@main, then \\S* of another owner\n");
        }
        assertThat(typed(1, "attest", "--sign", path("none.pem"))).contains("there is no file `");
        assertThat(typed(1, "attest", "none")).contains("there is no `none@main` on this host");
    }

    /** Returns how `status` begins the line of the instance. */
    private String state() {
        String state = typed(0, "status").lines().findFirst().orElse("");
        assertThat(state).isEqualTo("web@main: in force, generation 1");
        return state;
    }

    /** Returns the bypasses in the statement that no policy closes. */
    private static List<String> outside(Object instance) {
        return ((List<?>) at(instance, "bypasses"))
                .stream()
                        .filter(each -> text(each, "status").equals("outside"))
                        .map(each -> text(each, "id"))
                        .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "p256"})
    void verifiesAwayFromTheHost(String algorithm) throws Exception {
        ringwallc(0, "keygen", "--out", path("host"), "--algorithm", algorithm);
        Path file = folder.resolve("host.json");
        Files.writeString(file, typed(0, "attest", "--sign", path("host.pem")));
        String[] verify = {"verify", "--attestation", file.toString(), "--public-key", path("host.pub")};
        assertThat(ringwallc(0, verify))
                .contains("signed by ")
                .contains(state() + "\n")
                .contains("bundle agents, version 7, SHA-256 ")
                .contains("bypass open: raw-send of egress: ");
        assertThat(ringwallc(4, "verify", "--attestation", file.toString(), "--public-key", path("release.pub")))
                .contains("is not an attestation by this key: it is not signed by ");
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at += 97) {
            byte[] changed = good.clone();
            changed[at] ^= 1;
            Files.write(file, changed);
            ringwallc(4, verify);
        }
        Files.writeString(file, typed(0, "attest", "web", "--json"));
        assertThat(ringwallc(4, verify)).contains("it is not an envelope");
        assertThat(ringwallc(4, "verify", "--attestation", path("web.wallpack"), "--public-key", path("host.pub")))
                .contains("is not an attestation by this key");
    }

    @ParameterizedTest
    @ToolTest("cosign")
    @ValueSource(strings = {"ed25519", "p256"})
    void cosignVerifiesIt(String algorithm) throws Exception {
        ringwallc(0, "keygen", "--out", path("host"), "--algorithm", algorithm);
        Path file = folder.resolve("host.json");
        Files.writeString(file, typed(0, "attest", "--sign", path("host.pem")));
        Command.run(folder, List.of("tar", "-xf", path("web.wallpack"))).succeeded();
        List<String> words = List.of(
                "cosign",
                "verify-blob-attestation",
                "--key",
                path("host.pub"),
                "--insecure-ignore-tlog",
                "--type",
                "urn:ringwall:enforcement:v1",
                "--signature",
                file.toString());
        Path object = folder.resolve("objects/web/5.10-little.o");
        assertThat(Command.run(folder, with(words, object)).succeeded()).contains("Verified OK");
        Command other = Command.run(folder, with(words, folder.resolve("web.wall")));
        assertThat(other.status()).as(other.output()).isNotZero();
    }

    private static List<String> with(List<String> words, Path last) {
        return java.util.stream.Stream.concat(words.stream(), java.util.stream.Stream.of(last.toString()))
                .toList();
    }

    @Test
    void whatDiffersIsStated() throws Exception {
        typed(0, "trust", "revoke", typed(0, "trust", "list").substring(0, 64));
        assertThat(typed(0, "attest"))
                .contains("compared with its object: differs; signature: invalid")
                .contains("was revoked on");
        assertThat(at(CanonicalJson.parse(typed(0, "attest", "--json")), "subject"))
                .isEqualTo(List.of());
        commands.remove("web@main");
        assertThat(typed(3, "attest")).contains("there is nothing to attest");
    }
}
