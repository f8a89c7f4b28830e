// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.trust.Trust;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.testkit.Allocated;
import org.ringwall.testkit.Soak;

/**
 * Mutated bundles, read as `apply` reads them on a host that trusts a key: each is refused with a
 * declared error, or is what a trusted key has signed. Where a mutation is signed again, as by a
 * key that was stolen, everything after the signature reads it too. For no bundle more than 64 MiB
 * are allocated.
 */
final class MutatedBundlesTest {
    private static final int MUTATIONS = Integer.getInteger("ringwall.bundle.mutations", Soak.size(2000, 100_000));
    private static final long SEED = Long.getLong("ringwall.seed", 20261124);
    private static final long MOST_BYTES = 64L << 20;
    private static final int BLOCK = 512;

    @TempDir
    private Path folder = Path.of("");

    private final Random random = new Random(SEED);
    private final List<SigningKey> keys =
            List.of(SigningKey.generate(KeyAlgorithm.ED25519), SigningKey.generate(KeyAlgorithm.P256));
    private byte[] plain = new byte[0];
    private byte[] signed = new byte[0];
    private byte[] gzip = new byte[0];
    private String digest = "";

    @BeforeEach
    void signABundle() throws IOException, BundleException, SigningException {
        for (String name : List.of("web", "mail")) {
            Files.writeString(
                    folder.resolve(name + ".wall"),
                    "policy " + name
                            + "\n"
                            + "param closed : port in 1..1023 = 9\n"
                            + "egress { deny if remote.port == closed; default allow }\n");
        }
        PolicyBundle bundle = PolicyBundle.compile(
                        "agents",
                        "7",
                        List.of(Path.of("web.wall"), Path.of("mail.wall")),
                        List.of(),
                        Options.DEFAULT.withBase(folder))
                .bundle()
                .orElseThrow();
        plain = bundle.content();
        signed = signed(plain);
        gzip = BundleWriter.compressed(signed);
        digest = Archive.of(ByteBuffer.wrap(plain)).manifestDigest();
    }

    /** Returns a bundle with signatures of all keys. */
    private byte[] signed(byte[] bundle) throws BundleException, SigningException {
        Archive archive = Archive.of(ByteBuffer.wrap(bundle));
        Envelope envelope = Envelope.of(archive.manifestDigest());
        for (SigningKey key : keys) {
            envelope = envelope.with(key.publicKey(), key.sign(envelope.message()));
        }
        return archive.withEnvelope(envelope.text());
    }

    @Test
    void mutatedBundlesAreRefusedOrSigned() throws Exception {
        Path file = folder.resolve("x.wallpack");
        Trust trust = trust();
        Files.write(file, signed);
        assertThat(PolicyFile.read(file.toString(), trust)).hasSize(2);
        Map<Kind, Integer> accepted = new EnumMap<>(Kind.class);
        long largest = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            Kind kind = Kind.values()[i % Kind.values().length];
            Files.write(file, mutated(kind));
            int number = i;
            Allocated<Boolean> read = Allocated.by(() -> isAccepted(file, trust, kind, number));
            accepted.merge(kind, read.result() ? 1 : 0, Integer::sum);
            largest = Math.max(largest, read.bytes());
        }
        String found = MUTATIONS + " mutations, accepted " + accepted + ", at most " + largest + " bytes";
        System.out.println(found);
        assertThat(largest).as(found).isLessThan(MOST_BYTES);
        assertThat(accepted.get(Kind.OBJECT)).as(found).isLessThan(MUTATIONS / Kind.values().length);
    }

    /** What is changed, and whether the result is signed again. */
    private enum Kind {
        BYTES,
        COMPRESSED_BYTES,
        ENVELOPE,
        BLOCKS,
        SIGNED_MANIFEST,
        OBJECT
    }

    private Trust trust() throws IOException {
        TrustFiles files = TrustFiles.below(folder);
        TypedCommands commands = new TypedCommands(files);
        for (SigningKey key : keys) {
            Path pem = Files.write(folder.resolve("key.pub"), key.publicKey().pem());
            TypedCommands.Said said = commands.type(List.of("trust", "add", pem.toString()));
            assertThat(said.code()).as(said.text()).isZero();
        }
        return Trust.of(files, false);
    }

    private boolean isAccepted(Path file, Trust trust, Kind kind, int i) throws Exception {
        List<ObjectChoice> choices;
        try {
            choices = PolicyFile.read(file.toString(), trust);
        } catch (InputException e) {
            declared(String.valueOf(e.getMessage()), e.help(), i);
            return false;
        } catch (HostException e) {
            declared(String.valueOf(e.getMessage()), e.help(), i);
            return false;
        }
        assertThat(choices).as("mutation %s of seed %s", i, SEED).isNotEmpty();
        if (kind != Kind.SIGNED_MANIFEST && kind != Kind.OBJECT) {
            Archive archive = Archive.of(BundleFile.read(file));
            assertThat(archive.manifestDigest())
                    .as("mutation %s of seed %s", i, SEED)
                    .isEqualTo(digest);
        }
        return true;
    }

    private static void declared(String message, String help, int i) {
        assertThat(message).as("mutation %s of seed %s", i, SEED).isNotBlank().doesNotContain("\n", "Exception");
        assertThat(help).as("mutation %s of seed %s", i, SEED).isNotBlank();
    }

    private byte[] mutated(Kind kind) throws BundleException, SigningException, ObjectFormatException {
        return switch (kind) {
            case BYTES -> changed(signed, 0, signed.length);
            case COMPRESSED_BYTES -> changed(gzip, 0, gzip.length);
            case ENVELOPE -> {
                int length = Archive.of(ByteBuffer.wrap(signed))
                        .envelope()
                        .orElseThrow()
                        .remaining();
                int start = new String(signed, StandardCharsets.ISO_8859_1).indexOf("{\"payload\"");
                yield inPlace(signed, start, start + length);
            }
            case BLOCKS -> blocks(signed);
            case SIGNED_MANIFEST -> {
                int length = Archive.of(ByteBuffer.wrap(plain)).manifest().remaining();
                yield signed(inPlace(plain, BLOCK, BLOCK + length));
            }
            case OBJECT -> signed(withObjects());
        };
    }

    /** Changes, cuts, repeats or appends bytes. */
    private byte[] changed(byte[] from, int start, int end) {
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(from, random.nextInt(from.length));
            case 1 -> Arrays.copyOf(from, from.length + 1 + random.nextInt(2 * BLOCK));
            default -> inPlace(from, start, end);
        };
    }

    /** Changes up to three places of a part, and no length. */
    private byte[] inPlace(byte[] from, int start, int end) {
        byte[] out = from.clone();
        String[] words = {
            "\"", "{", "}", "[", "]", ",", ":", "0", "9", "-", "\\u0000", "null", "..", "/", "\n", "=", "A"
        };
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = start + random.nextInt(end - start);
            int length = Math.min(end - at, 1 << random.nextInt(8));
            switch (random.nextInt(4)) {
                case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> Arrays.fill(out, at, at + length, (byte) random.nextInt(256));
                case 2 -> System.arraycopy(from, start + random.nextInt(end - start - length + 1), out, at, length);
                default -> {
                    byte[] word = words[random.nextInt(words.length)].getBytes(StandardCharsets.US_ASCII);
                    System.arraycopy(word, 0, out, at, Math.min(word.length, end - at));
                }
            }
        }
        return out;
    }

    /** Exchanges, repeats or removes whole blocks of the archive. */
    private byte[] blocks(byte[] from) {
        List<byte[]> blocks = new ArrayList<>();
        for (int at = 0; at < from.length; at += BLOCK) {
            blocks.add(Arrays.copyOfRange(from, at, at + BLOCK));
        }
        byte[] moved = blocks.remove(random.nextInt(blocks.size()));
        if (random.nextInt(3) > 0) {
            blocks.add(random.nextInt(blocks.size() + 1), moved);
        }
        if (random.nextInt(3) > 1) {
            blocks.add(random.nextInt(blocks.size() + 1), moved);
        }
        ByteBuffer out = ByteBuffer.allocate(blocks.size() * BLOCK);
        blocks.forEach(out::put);
        return out.array();
    }

    /** Returns a bundle of one object with changed bytes, and the digests that they have. */
    private byte[] withObjects() throws BundleException, ObjectFormatException {
        Bundle bundle = Bundle.of(Archive.of(ByteBuffer.wrap(plain)));
        ObjectEntry entry = bundle.manifest().policies().get(0).objects().stream()
                .filter(each -> each.order().equals(ByteOrder.nativeOrder()))
                .findFirst()
                .orElseThrow();
        byte[] elf = bundle.object(entry);
        BpfObject object = ObjectReader.read(elf);
        BundleWriter writer = new BundleWriter("agents", "7", "ringwallc", "1");
        writer.add(
                bundle.manifest().policies().get(0).name(),
                Map.of(),
                bundle.manifest().policies().get(0).params(),
                List.of(),
                List.of(),
                List.of(new BundleWriter.Compiled(object, Bytes.of(changed(elf, 0, elf.length)), entry.targets())));
        return writer.write();
    }
}
