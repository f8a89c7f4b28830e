// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bundle.Manifest.Bypass;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.TestEntry;

/** A bundle of two small policies, and its parts. */
final class SmallBundle {
    private static final BigInteger LARGEST = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private SmallBundle() {}

    static byte[] bytes(boolean gzip) throws BundleException {
        byte[] stored = writer("web", "mail").write();
        return gzip ? BundleWriter.compressed(stored) : stored;
    }

    static byte[] bytes() throws BundleException {
        return bytes(false);
    }

    /** Returns a writer to which policies were added in this order. */
    static BundleWriter writer(String... policies) {
        BundleWriter writer = new BundleWriter("org.example:agents", "7", "ringwallc 0.1.0", "1");
        for (String policy : policies) {
            Map<String, byte[]> sources = new LinkedHashMap<>();
            sources.put("src/" + policy + ".wall", utf8("policy " + policy + "\n"));
            sources.put("_parent/common.wall", utf8("set häuser = { 80 }\n"));
            writer.add(
                    policy,
                    sources,
                    List.of(new ParamEntry("closed", "id", BigInteger.ZERO, LARGEST, BigInteger.TEN)),
                    List.of(new TestEntry("\"quoted\" \u0085 \uffff ü", 3)),
                    List.of(new Bypass("egress", "raw-send", "open", "sends", "write a sockets block")),
                    List.of(
                            compiled(ByteOrder.LITTLE_ENDIAN, "5.10", "6.1"),
                            compiled(ByteOrder.BIG_ENDIAN, "5.10", "6.1"),
                            compiled(ByteOrder.LITTLE_ENDIAN, "6.12")));
        }
        return writer;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static BundleWriter.Compiled compiled(ByteOrder order, String... targets) {
        List<Insn> code = new ArrayList<>();
        code.add(new Insn.CallHelper(Helper.GET_CURRENT_PID_TGID.id()));
        if (targets[0].equals("6.12")) {
            code.add(new Insn.Mov(Width.DW, Width.B, Reg.R1, Operand.of(Reg.R0)));
        }
        code.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)));
        code.add(new Insn.Exit());
        ProgramSpec program = new ProgramSpec("connect4_x", "cgroup/connect4", code, List.of(), List.of(), 0);
        MapSpec map = new MapSpec(
                "seen", MapType.LPM_TRIE, 8, 4, 16, 1, OptionalInt.empty(), OptionalInt.empty(), Optional.empty());
        BpfObject object =
                new BpfObject(order, "GPL", List.of(program), List.of(map), List.of(), new BtfBuilder().build());
        byte[] elf = new byte[700];
        Arrays.fill(elf, (byte) (order.equals(ByteOrder.BIG_ENDIAN) ? 7 : targets.length));
        return new BundleWriter.Compiled(object, Bytes.of(elf), List.of(targets));
    }

    static Bundle read(byte[] bytes) throws BundleException {
        return Bundle.of(Archive.of(ByteBuffer.wrap(bytes)));
    }

    /** Returns the files of a bundle, the manifest among them. */
    static Map<String, byte[]> files(byte[] bytes) throws BundleException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        Archive archive = Archive.of(ByteBuffer.wrap(bytes));
        files.put(Archive.MANIFEST, copy(archive.manifest()));
        archive.files().forEach((name, content) -> files.put(name, copy(content)));
        return files;
    }

    static byte[] manifest() throws BundleException {
        return copy(Archive.of(ByteBuffer.wrap(bytes())).manifest());
    }

    private static byte[] copy(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(copy);
        return copy;
    }
}
