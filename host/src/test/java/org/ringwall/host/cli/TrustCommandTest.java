// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.sign.CrossSignature;
import org.ringwall.bundle.sign.Dsse;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.loader.trust.TrustedKey;

/**
 * Tests of what a host admits once it trusts a key. The host of the tests fails when it is opened,
 * so that exit code 3 with its message shows that a file was admitted.
 */
final class TrustCommandTest {
    private static final String OPENED = "ringwall: the host was opened\n";

    private static final ParamEntry PORT =
            new ParamEntry("port", "port", BigInteger.ONE, BigInteger.valueOf(65535), BigInteger.valueOf(9));

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
    private final SigningKey next = SigningKey.generate(KeyAlgorithm.P256);
    private int opened;

    @TempDir
    private Path folder = Path.of("");

    private LoaderHost host() {
        opened++;
        throw new HostException("the host was opened", "nothing");
    }

    private int ringwall(String... words) {
        said.reset();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        return new Ringwall(
                        this::host,
                        InputStream.nullInputStream(),
                        stream,
                        stream,
                        Optional.of(folder.resolve("journal")),
                        TrustFiles.below(folder))
                .execute(words);
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private String done(String... words) {
        assertThat(ringwall(words)).as(said()).isZero();
        return said();
    }

    private static byte[] bundle(String policy, String version) throws Exception {
        BpfObject object = TestObjects.denyPort(policy, 9);
        BundleWriter writer = new BundleWriter("agents", version, "test 1", "1");
        writer.add(
                policy,
                Map.of(policy + ".wall", new byte[1]),
                List.of(PORT),
                List.of(),
                List.of(),
                List.of(new BundleWriter.Compiled(object, Bytes.of(ObjectWriter.write(object)), List.of("5.10"))));
        return writer.write();
    }

    private static byte[] signed(byte[] bundle, SigningKey... keys) throws Exception {
        Archive archive = Archive.of(ByteBuffer.wrap(bundle));
        Envelope envelope = Envelope.of(archive.manifestDigest());
        for (SigningKey each : keys) {
            envelope = envelope.with(each.publicKey(), each.sign(envelope.message()));
        }
        return archive.withEnvelope(envelope.text());
    }

    private String publicKey(SigningKey of) throws Exception {
        return Files.write(folder.resolve("key.pub"), of.publicKey().pem()).toString();
    }

    private String file(byte[] content) throws Exception {
        return Files.write(folder.resolve("x.wallpack"), content).toString();
    }

    private void admitted(byte[] content) throws Exception {
        opened = 0;
        assertThat(ringwall("apply", file(content))).isEqualTo(3);
        assertThat(said()).startsWith(OPENED);
        assertThat(opened).isEqualTo(1);
    }

    /** Applies a bundle that must be refused before the host is opened. Returns the reason. */
    private String refused(byte[] content) throws Exception {
        opened = 0;
        assertThat(ringwall("apply", file(content))).as(said()).isIn(1, 3);
        assertThat(opened).as("the host was opened").isZero();
        assertThat(said()).matches("ringwall: .+\n  help: .+\n");
        return said().lines().findFirst().orElse("").replaceFirst(".* is refused: ", "");
    }

    @Test
    void aTrustedKeySignsItsSuccessor() throws Exception {
        Path file = folder.resolve("next.signed");
        Files.writeString(file, CrossSignature.of(next.publicKey(), key));
        assertThat(ringwall("trust", "add", file.toString())).isEqualTo(3);
        assertThat(said())
                .startsWith("ringwall: the key is refused: it is signed by "
                        + key.publicKey().id() + ", and this host trusts none of them\n");
        done("trust", "add", publicKey(key), "--scope", "web", "--until", "2999-12-31");
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] changed = good.clone();
            changed[at] ^= 1;
            Files.write(file, changed);
            assertThat(ringwall("trust", "add", file.toString()))
                    .as("byte %d", at)
                    .isIn(1, 3);
        }
        Files.write(file, good);
        assertThat(done("trust", "add", file.toString()))
                .isEqualTo(next.publicKey().id() + ": trusted\n  p256, for policies web, until 2999-12-31; signed by "
                        + key.publicKey().id() + ", from which it has policies and last day\n");
        assertThat(done("trust", "list"))
                .contains(next.publicKey().id() + ": valid until 2999-12-31\n  p256, for policies web\n");
        admitted(signed(bundle("web", "1"), next));
        assertThat(refused(signed(bundle("mail", "1"), next))).contains("is not trusted for policy `mail`");

        done("trust", "remove", next.publicKey().id());
        assertThat(done("trust", "add", file.toString(), "--scope", "m*"))
                .endsWith("\n  p256, for policies m*, until 2999-12-31; signed by "
                        + key.publicKey().id() + ", from which it has the last day\n");
        done("trust", "remove", next.publicKey().id());
        assertThat(done("trust", "add", file.toString(), "--until", "3999-12-31", "--scope", "m*"))
                .endsWith("\n  p256, for policies m*, until 3999-12-31; signed by "
                        + key.publicKey().id() + "\n");
        assertThat(done("trust", "list"))
                .contains(next.publicKey().id() + ": valid until 3999-12-31\n  p256, for policies m*\n");
        done("trust", "remove", next.publicKey().id());
        done("trust", "revoke", key.publicKey().id());
        assertThat(ringwall("trust", "add", file.toString())).isEqualTo(3);
        // A signature of another kind does not make a key a successor.
        Dsse other = Dsse.of(
                "application/vnd.ringwall.bundle.v1+json", next.publicKey().pem());
        Files.writeString(
                file,
                other.with(key.publicKey().id(), key.sign(other.message())).text());
        assertThat(ringwall("trust", "add", file.toString())).isEqualTo(1);
    }

    @Test
    void keysAreShownAndChanged() throws Exception {
        assertThat(done("trust", "list")).isEqualTo("this host trusts no key: bundles need no signature\n");
        String id = key.publicKey().id();
        assertThat(done("trust", "add", publicKey(key), "--scope", "web", "--scope", "m*", "--until", "2999-12-31"))
                .isEqualTo(id + ": trusted\n  ed25519, for policies web m*, until 2999-12-31\n");
        assertThat(done("trust", "list")).isEqualTo(id + ": valid until 2999-12-31\n  ed25519, for policies web m*\n");
        assertThat(done("trust", "list", "--json"))
                .isEqualTo("{\"keys\":[{\"key\":\"" + id + "\",\"algorithm\":\"ed25519\",\"valid\":true,"
                        + "\"scopes\":[\"web\",\"m*\"],\"until\":\"2999-12-31\"}]}\n");
        assertThat(done("trust", "revoke", id.substring(0, 8))).isEqualTo(id + ": revoked\n");
        assertThat(done("trust", "list")).startsWith(id + ": was revoked on " + TrustedKey.today() + "\n");
        assertThat(done("trust", "remove", id))
                .contains(id + ": removed\n")
                .contains("note: this host trusts no key any more");
        assertThat(Files.readString(folder.resolve("journal")).lines())
                .hasSize(3)
                .allMatch(line -> line.contains("\"key\":\"" + id + "\""))
                .element(1)
                .asString()
                .contains("\"result\":\"revoked\"");
        assertThat(ringwall("trust", "add", publicKey(key), "--until", "2001-01-01"))
                .isEqualTo(1);
        assertThat(ringwall("trust", "add", folder.resolve("none").toString())).isEqualTo(1);
        assertThat(ringwall("trust", "revoke", id)).isEqualTo(1);
        assertThat(ringwall("trust")).isEqualTo(2);
    }

    @Test
    void withoutAKeyEverythingIsAdmitted() throws Exception {
        admitted(bundle("web", "any text"));
        admitted(signed(bundle("web", "7"), key));
        done("trust", "add", publicKey(key));
        assertThat(refused(bundle("web", "7"))).isEqualTo("it is not signed, and this host trusts keys");
        admitted(signed(bundle("web", "7"), key));
    }

    @Test
    void objectsAreRefused() throws Exception {
        byte[] elf = ObjectWriter.write(TestObjects.denyPort("web", 9));
        String object = Files.write(folder.resolve("web.o"), elf).toString();
        assertThat(ringwall("apply", object)).isEqualTo(3);
        assertThat(said()).startsWith(OPENED);
        done("trust", "add", publicKey(key));
        opened = 0;
        assertThat(ringwall("apply", object)).isEqualTo(3);
        assertThat(ringwall("apply", folder.toString())).isEqualTo(3);
        assertThat(ringwall("unit-dropin", "web.service", object)).isEqualTo(3);
        assertThat(ringwall("run", object, "--", "true")).isEqualTo(125);
        assertThat(said())
                .startsWith("ringwall: `" + object
                        + "` is refused: it is not from a signed bundle, and this host trusts keys\n");
        assertThat(opened).isZero();
    }

    @Test
    void restrictionsAreReplacedWithoutAMomentOfNoTrust() throws Exception {
        String id = key.publicKey().id();
        byte[] bundle = signed(bundle("web", "7"), key);
        assertThat(ringwall("trust", "add", publicKey(key), "--replace")).isEqualTo(1);
        assertThat(said()).endsWith("the key " + id + " is not trusted\n  help: omit --replace\n");
        done("trust", "add", publicKey(key), "--scope", "mail", "--until", "2999-12-31");
        assertThat(refused(bundle)).isEqualTo("key " + id + " is not trusted for policy `web`");
        assertThat(done("trust", "add", publicKey(key), "--replace", "--scope", "web"))
                .isEqualTo(id + ": trusted\n  ed25519, for policies web\n"
                        + "  before: ed25519, for policies mail, until 2999-12-31\n");
        admitted(bundle);
        assertThat(Files.readString(folder.resolve("etc/ringwall/trust.d/" + id + ".pem")))
                .contains("scope: web")
                .doesNotContain("mail", "until");
        done("trust", "revoke", id);
        assertThat(ringwall("trust", "add", publicKey(key), "--replace")).isEqualTo(1);
        assertThat(said()).contains("was revoked on");
        assertThat(refused(bundle)).contains("was revoked on");
    }

    @Test
    void onlyValidKeysCount() throws Exception {
        String id = key.publicKey().id();
        String other = next.publicKey().id();
        byte[] old = signed(bundle("web", "7"), key);
        byte[] fresh = signed(bundle("web", "7"), next);
        byte[] both = signed(bundle("web", "7"), key, next);
        done("trust", "add", publicKey(key));
        assertThat(refused(fresh)).isEqualTo("key " + other + " is not trusted by this host");
        admitted(old);
        admitted(both);
        done("trust", "add", publicKey(next));
        admitted(old);
        admitted(fresh);
        done("trust", "revoke", id);
        assertThat(refused(old)).isEqualTo("key " + id + " was revoked on " + TrustedKey.today());
        admitted(both);
        admitted(fresh);
        done("trust", "remove", other);
        assertThat(refused(both)).contains("key " + id + " was revoked", "key " + other + " is not trusted");
        done("trust", "remove", id);
        done("trust", "add", publicKey(key), "--until", "2999-12-31");
        Path stored = folder.resolve("etc/ringwall/trust.d/" + id + ".pem");
        Files.writeString(stored, Files.readString(stored).replace("2999-12-31", "2001-01-01"));
        assertThat(refused(old)).isEqualTo("key " + id + " expired after 2001-01-01");
        Files.writeString(stored, "x");
        assertThat(refused(old)).contains("the trusted key `" + stored + "` cannot be used");
    }

    @Test
    void aKeyOfAnotherScopeIsRefused() throws Exception {
        done("trust", "add", publicKey(key), "--scope", "mail-*");
        assertThat(refused(signed(bundle("web", "7"), key)))
                .isEqualTo("key " + key.publicKey().id() + " is not trusted for policy `web`");
        admitted(signed(bundle("mail-1", "7"), key));
        done("trust", "add", publicKey(next), "--scope", "web");
        assertThat(refused(signed(bundle("web", "7"), key))).contains("is not trusted for policy `web`");
        admitted(signed(bundle("web", "7"), key, next));
    }

    @Test
    void aVersionThatHasNoOrderIsRefused() throws Exception {
        done("trust", "add", publicKey(key));
        assertThat(refused(signed(bundle("web", "latest"), key)))
                .isEqualTo("its version `latest` cannot be compared with others");
        Files.delete(folder.resolve("var/lib/ringwall/versions"));
        assertThat(refused(signed(bundle("web", "7"), key))).endsWith("versions` is missing");
        assertThat(ringwall("apply", "--allow-downgrade", file(signed(bundle("web", "7"), key))))
                .isEqualTo(3);
        assertThat(said()).startsWith(OPENED);
    }

    @Test
    void noChangedBundleOpensTheHost() throws Exception {
        done("trust", "add", publicKey(key));
        byte[] signed = signed(bundle("web", "7"), key);
        admitted(signed);
        for (int bit = 0; bit < signed.length * Byte.SIZE; bit += 61) {
            byte[] changed = signed.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThat(refused(changed)).as("bit %d", bit).isNotEmpty();
        }
        for (int length = 0; length < signed.length; length += 509) {
            assertThat(refused(Arrays.copyOf(signed, length))).isNotEmpty();
        }
        assertThat(refused(Arrays.copyOf(signed, signed.length + 1))).contains("data after its end");
        byte[] other = signed(bundle("web", "8"), key);
        String envelope = StandardCharsets.US_ASCII
                .decode(Archive.of(ByteBuffer.wrap(other)).envelope().orElseThrow())
                .toString();
        assertThat(refused(Archive.of(ByteBuffer.wrap(signed)).withEnvelope(envelope)))
                .isEqualTo("its signature belongs to another bundle");
        assertThat(refused(BundleWriter.compressed(bundle("web", "7")))).startsWith("it is not signed");
        admitted(BundleWriter.compressed(signed));
    }

    @Test
    void inspectShowsWhoHasSigned() throws Exception {
        byte[] both = signed(bundle("web", "7"), key, next);
        assertThat(done("inspect", file(both)))
                .contains("  signed by key " + key.publicKey().id() + ", which is not trusted by this host\n")
                .contains("  admitted here: this host trusts no key\n");
        done("trust", "add", publicKey(key));
        assertThat(done("inspect", file(both)))
                .contains("  signed by key " + key.publicKey().id() + ", which this host trusts\n")
                .contains("  admitted here\n");
        assertThat(done("inspect", file(both), "--json")).contains("\"admitted\":true");
        assertThat(done("inspect", file(bundle("web", "7"))))
                .contains("  not admitted here: the bundle `" + folder.resolve("x.wallpack")
                        + "` is refused: it is not signed");
        assertThat(done("inspect", file(bundle("web", "7")), "--json"))
                .contains("\"signatures\":[],\"admitted\":false,\"refusal\":\"");
    }
}
