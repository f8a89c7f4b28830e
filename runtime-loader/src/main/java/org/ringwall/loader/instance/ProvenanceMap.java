// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfType.Member;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The map that stores the origin of a generation: an array of one `struct ringwall_applied`
 * (docs/abi.md section 4). It is pinned among the generation's own pins before the generation
 * decides, so it changes together with the generation.
 */
final class ProvenanceMap {
    private static final int UID = 8;
    private static final int LOGIN = 12;
    private static final int OBJECT = 16;
    private static final int DIGEST = 32;
    private static final int USER = OBJECT + DIGEST;
    private static final int USER_SIZE = 64;
    private static final int COMMAND = USER + USER_SIZE;
    private static final int COMMAND_SIZE = 400;
    /** The size before bundles. */
    private static final int SIZE = COMMAND + COMMAND_SIZE;

    private static final int BUNDLE = SIZE;
    private static final int BUNDLE_NAME = BUNDLE + DIGEST;
    private static final int BUNDLE_NAME_SIZE = 128;
    private static final int BUNDLE_VERSION = BUNDLE_NAME + BUNDLE_NAME_SIZE;
    private static final int BUNDLE_VERSION_SIZE = 64;
    /** The size before key ids. */
    private static final int UNSIGNED = BUNDLE_VERSION + BUNDLE_VERSION_SIZE;

    private static final int BUNDLE_KEY = UNSIGNED;
    private static final int WHOLE = BUNDLE_KEY + DIGEST;
    private static final long NANOS = 1_000_000_000L;
    private static final long UNSET = 0xffff_ffffL;

    private ProvenanceMap() {}

    /** Creates a map. */
    static Fd create(Bpf bpf, Provenance origin) {
        BtfBuilder types = new BtfBuilder();
        int u64 = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, Long.BYTES);
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES);
        int u8 = types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1);
        int text = types.integer("char", BtfType.Encoding.SIGNED, 1);
        List<Member> members = List.of(
                member("time", u64, 0),
                member("uid", u32, UID),
                member("login", u32, LOGIN),
                member("object", types.array(u8, DIGEST), OBJECT),
                member("user", types.array(text, USER_SIZE), USER),
                member("command", types.array(text, COMMAND_SIZE), COMMAND),
                member("bundle", types.array(u8, DIGEST), BUNDLE),
                member("bundle_name", types.array(text, BUNDLE_NAME_SIZE), BUNDLE_NAME),
                member("bundle_version", types.array(text, BUNDLE_VERSION_SIZE), BUNDLE_VERSION),
                member("bundle_key", types.array(u8, DIGEST), BUNDLE_KEY));
        int struct = types.struct("ringwall_applied", WHOLE, members);
        return OneValueMap.create(bpf, "ringwall_origin", types, struct, bytes(origin));
    }

    private static Member member(String name, int type, int offset) {
        return new Member(name, type, offset * Byte.SIZE, 0);
    }

    private static byte[] bytes(Provenance origin) {
        ByteBuffer out = ByteBuffer.allocate(WHOLE).order(ByteOrder.nativeOrder());
        out.putLong(origin.time().getEpochSecond() * NANOS + origin.time().getNano());
        out.putInt((int) origin.author().uid());
        out.putInt((int) origin.author().login().orElse(UNSET));
        out.put(origin.object().map(HexFormat.of()::parseHex).orElse(new byte[DIGEST]));
        out.position(USER).put(text(origin.author().user(), USER_SIZE));
        out.position(COMMAND).put(text(origin.author().command(), COMMAND_SIZE));
        origin.bundle().ifPresent(bundle -> {
            out.position(BUNDLE).put(HexFormat.of().parseHex(bundle.digest()));
            out.put(text(bundle.name(), BUNDLE_NAME_SIZE)).put(text(bundle.version(), BUNDLE_VERSION_SIZE));
            bundle.key().ifPresent(key -> out.put(HexFormat.of().parseHex(key)));
        });
        return out.array();
    }

    /** Returns the bytes of a text with a NUL; a text that is too long ends with `…`. */
    private static byte[] text(String text, int size) {
        byte[] whole = text.getBytes(StandardCharsets.UTF_8);
        if (whole.length < size) {
            return Arrays.copyOf(whole, size);
        }
        byte[] ellipsis = "…".getBytes(StandardCharsets.UTF_8);
        int end = size - 1 - ellipsis.length;
        // Bytes that continue a character begin with the bits 10.
        while (end > 0 && (whole[end] & 0xc0) == 0x80) {
            end--;
        }
        byte[] cut = Arrays.copyOf(Arrays.copyOf(whole, end), size);
        System.arraycopy(ellipsis, 0, cut, end, ellipsis.length);
        return cut;
    }

    /**
     * Returns the origin that is stored in a map, also by an earlier version; empty if it is
     * another kind of map.
     */
    static Optional<Provenance> read(Bpf bpf, Fd map) {
        return OneValueMap.read(bpf, map, WHOLE)
                .or(() -> OneValueMap.read(bpf, map, UNSIGNED))
                .or(() -> OneValueMap.read(bpf, map, SIZE))
                .map(value -> of(Arrays.copyOf(value, WHOLE)));
    }

    private static Optional<BundleOrigin> bundle(byte[] value) {
        return hash(value, BUNDLE)
                .map(digest -> new BundleOrigin(
                        Variables.text(Arrays.copyOfRange(value, BUNDLE_NAME, BUNDLE_VERSION)),
                        Variables.text(Arrays.copyOfRange(value, BUNDLE_VERSION, BUNDLE_KEY)),
                        digest,
                        hash(value, BUNDLE_KEY)));
    }

    /** Returns a SHA-256 in hex; empty if it is zeros. */
    private static Optional<String> hash(byte[] value, int at) {
        byte[] digest = Arrays.copyOfRange(value, at, at + DIGEST);
        return Arrays.equals(digest, new byte[DIGEST])
                ? Optional.empty()
                : Optional.of(HexFormat.of().formatHex(digest));
    }

    private static Provenance of(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        long time = in.getLong(0);
        long login = Integer.toUnsignedLong(in.getInt(LOGIN));
        return new Provenance(
                hash(value, OBJECT),
                bundle(value),
                Instant.ofEpochSecond(Math.floorDiv(time, NANOS), Math.floorMod(time, NANOS)),
                new Author(
                        Integer.toUnsignedLong(in.getInt(UID)),
                        login == UNSET ? OptionalLong.empty() : OptionalLong.of(login),
                        Variables.text(Arrays.copyOfRange(value, USER, COMMAND)),
                        Variables.text(Arrays.copyOfRange(value, COMMAND, SIZE))));
    }
}
