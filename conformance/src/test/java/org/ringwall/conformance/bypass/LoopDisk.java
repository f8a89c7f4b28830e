// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;

/**
 * A loop device with an ext2 file system of 64 KiB. It is detached when its last descriptor is
 * closed. struct loop_config and its flags are those of include/uapi/linux/loop.h.
 *
 * @param path the path of its node
 * @param name its name below /sys/block
 */
record LoopDisk(String path, String name) {
    /** The type of the file system in {@link #IMAGE}. */
    static final String TYPE = "ext2";

    /**
     * The image: `mke2fs -t ext2 -b 1024 -N 16 -m 0 -O ^resize_inode,^dir_index,^ext_attr`, then
     * `gzip -9 | base64`.
     */
    private static final String IMAGE = """
        H4sIAAAAAAACA+3aO0oDQRwH4MmuIibxrWCX2CoEj6A3ELyC2CimUDuLNJaChYLexs6rBERs7NfZ3UTiozS+9vvCP9mB2ZBZ8ltm
        MgkBqKr5WFuD4/VYk7Fqox3aZc0Pmmet5kEIWbb7VCv6le3S8LzGSCOJlb6+2Vbo/eBYH9Zubi/62wvX5xs7l/Wr+/wjNt+M62u1
        46NWke/RtCj9SXk2Jwa5X4/PSdECqiDLWvlLLwOqZ8olgKoKI+vfYVVp/vO4XS6APo4/LX67GPf6tv2uXbXrDwB8v7t8/rP52fwn
        Casj/eqh3NfJ90tmYs3GmgvlvtBCrMVYS7GWY62Y/wD8eklxT68lndfjJOl0ynt9P60nh93jk4397unRnmsF/03jXf6f0zL/QEX4
        yw/IPyD/gPwD8g/IPyD/gPwD8g/IPyD/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMCYv++htqwAA
        AQA=
        """;

    private static final int RDWR = 2;
    private static final int LOOP_CTL_GET_FREE = 0x4C82;
    private static final int LOOP_CONFIGURE = 0x4C0A;
    private static final int CONFIG_BYTES = 304;
    private static final int FLAGS_AT = 60;
    private static final int READ_ONLY = 1;
    private static final int AUTOCLEAR = 4;
    private static final int PARTSCAN = 8;
    private static final int BLKPG = 0x1269;
    private static final int BLKPG_ADD_PARTITION = 1;
    private static final int PARTITION_BYTES = 152;
    private static final int OWNER_BLOCK_NODE = 0x6000 | 0600;
    private static final int TRIES = 20;

    /** Attaches a new file at `image`; reports a kernel without loop devices by EPROTONOSUPPORT. */
    static LoopDisk attach(Os os, Path image) {
        return attach(os, image, PARTSCAN);
    }

    /** Attaches a new file at `image` read-only. */
    static LoopDisk readOnly(Os os, Path image) {
        return attach(os, image, READ_ONLY);
    }

    /** Opens the control device. Without the module its node is missing, or opens with ENODEV. */
    private static long control(Os os) {
        try {
            return os.open("/dev/loop-control", RDWR);
        } catch (Refused e) {
            boolean absent = e.errno() == Errno.ENOENT.number() || e.errno() == Errno.ENODEV.number();
            throw absent ? new Refused(Errno.EPROTONOSUPPORT.number(), "loop devices") : e;
        }
    }

    private static LoopDisk attach(Os os, Path image, int flags) {
        write(image);
        long backing = os.open(image.toString(), RDWR);
        long control = control(os);
        for (int i = 1; ; i++) {
            String name = "loop" + os.call(Call.IOCTL, control, LOOP_CTL_GET_FREE, 0);
            try {
                long fd = os.open("/dev/" + name, RDWR);
                byte[] config = ByteBuffer.allocate(CONFIG_BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putInt(0, (int) backing)
                        .putInt(FLAGS_AT, flags | AUTOCLEAR)
                        .array();
                os.withBytes(config, block -> os.call(Call.IOCTL, fd, LOOP_CONFIGURE, block.address()));
                return new LoopDisk("/dev/" + name, name);
            } catch (Refused e) {
                // Another process has taken it in the meantime.
                if (e.errno() != Errno.EBUSY.number() || i == TRIES) {
                    throw e;
                }
            }
        }
    }

    /** Writes the file system to a file. */
    static void write(Path image) {
        byte[] packed = Base64.getMimeDecoder().decode(IMAGE.getBytes(StandardCharsets.US_ASCII));
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            Files.write(image, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Creates a partition of its second half, and a node for the partition. */
    String partition(Os os, Path node) {
        long fd = os.open(path, RDWR);
        try (NativeArena.Frame frame = os.frame()) {
            long part = frame.zeros(PARTITION_BYTES)
                    .putLong(0, 1 << 15)
                    .putLong(8, 1 << 15)
                    .putInt(16, 1)
                    .address();
            long argument = frame.zeros(24)
                    .putInt(0, BLKPG_ADD_PARTITION)
                    .putInt(8, PARTITION_BYTES)
                    .putLong(16, part)
                    .address();
            os.call(Call.IOCTL, fd, BLKPG, argument);
        }
        return node(os, Path.of("/sys/block", name, name + "p1"), node);
    }

    /** Creates another node for the device. */
    String node(Os os, Path node) {
        return node(os, Path.of("/sys/block", name), node);
    }

    private static String node(Os os, Path device, Path node) {
        String[] numbers = text(device.resolve("dev")).split(":", -1);
        os.mknod(node.toString(), OWNER_BLOCK_NODE, number(Long.parseLong(numbers[0]), Long.parseLong(numbers[1])));
        return node.toString();
    }

    /** Encodes a device number as new_encode_dev of include/linux/kdev_t.h does. */
    private static long number(long major, long minor) {
        return (minor & 0xff) | major << 8 | (minor & ~0xffL) << 12;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
