// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.ringwall.bpf.kernel.DeviceKind.BLOCK;
import static org.ringwall.bpf.kernel.DeviceKind.CHAR;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * The nodes under /dev whose numbers the kernel fixes permanently
 * (Documentation/admin-guide/devices.txt). Numbers assigned at boot (nvidia-uvm, nvme, virtio
 * disks, dm, rtc0) are left out, because they differ between hosts.
 */
public final class DeviceNumbers {
    /** SCSI disk majors in the order of `sd_major`; each has 16 disks of 16 minors. */
    private static final int[] SD_MAJORS = {8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135};

    private static final TreeMap<String, DeviceNumber> TABLE = table();

    private DeviceNumbers() {}

    /**
     * Returns the number of a path such as `/dev/net/tun`; empty if it has none that is the same on
     * every host.
     */
    public static Optional<DeviceNumber> of(String path) {
        return Optional.ofNullable(TABLE.get(path));
    }

    /** Returns every path of the table, sorted. */
    public static SortedSet<String> paths() {
        return Collections.unmodifiableSortedSet(TABLE.navigableKeySet());
    }

    private static TreeMap<String, DeviceNumber> table() {
        TreeMap<String, DeviceNumber> table = new TreeMap<>();
        memory(table);
        terminals(table);
        miscellaneous(table);
        others(table);
        disks(table);
        return table;
    }

    private static void memory(Map<String, DeviceNumber> table) {
        one(table, "mem", CHAR, 1, 1);
        one(table, "null", CHAR, 1, 3);
        one(table, "port", CHAR, 1, 4);
        one(table, "zero", CHAR, 1, 5);
        one(table, "full", CHAR, 1, 7);
        one(table, "random", CHAR, 1, 8);
        one(table, "urandom", CHAR, 1, 9);
        one(table, "kmsg", CHAR, 1, 11);
    }

    private static void terminals(Map<String, DeviceNumber> table) {
        one(table, "tty", CHAR, 5, 0);
        one(table, "console", CHAR, 5, 1);
        one(table, "ptmx", CHAR, 5, 2);
        one(table, "ttyprintk", CHAR, 5, 3);
        row(table, "tty", CHAR, 4, 0, 64);
        row(table, "ttyS", CHAR, 4, 64, 192);
        row(table, "pts/", CHAR, 136, 0, 256);
        row(table, "ttyACM", CHAR, 166, 0, 32);
        row(table, "ttyUSB", CHAR, 188, 0, 256);
        one(table, "vcs", CHAR, 7, 0);
        one(table, "vcsa", CHAR, 7, 128);
        for (int index = 1; index < 64; index++) {
            one(table, "vcs" + index, CHAR, 7, index);
            one(table, "vcsa" + index, CHAR, 7, 128 + index);
        }
    }

    /** Adds the nodes of major 10: include/linux/miscdevice.h. */
    private static void miscellaneous(Map<String, DeviceNumber> table) {
        Map<String, Integer> minors = Map.ofEntries(
                Map.entry("psaux", 1),
                Map.entry("watchdog", 130),
                Map.entry("rtc", 135),
                Map.entry("nvram", 144),
                Map.entry("hw_random", 183),
                Map.entry("hwrng", 183),
                Map.entry("vfio/vfio", 196),
                Map.entry("net/tun", 200),
                Map.entry("cuse", 203),
                Map.entry("uinput", 223),
                Map.entry("tpm0", 224),
                Map.entry("hpet", 228),
                Map.entry("fuse", 229),
                Map.entry("snapshot", 231),
                Map.entry("kvm", 232),
                Map.entry("btrfs-control", 234),
                Map.entry("autofs", 235),
                Map.entry("mapper/control", 236),
                Map.entry("loop-control", 237),
                Map.entry("vhost-net", 238),
                Map.entry("uhid", 239),
                Map.entry("userio", 240),
                Map.entry("vhost-vsock", 241),
                Map.entry("rfkill", 242));
        minors.forEach((name, minor) -> one(table, name, CHAR, 10, minor));
    }

    private static void others(Map<String, DeviceNumber> table) {
        row(table, "lp", CHAR, 6, 0, 8);
        row(table, "input/mouse", CHAR, 13, 32, 31);
        row(table, "input/js", CHAR, 13, 0, 32);
        one(table, "input/mice", CHAR, 13, 63);
        row(table, "input/event", CHAR, 13, 64, 32);
        row(table, "sg", CHAR, 21, 0, 256);
        row(table, "fb", CHAR, 29, 0, 32);
        row(table, "i2c-", CHAR, 89, 0, 256);
        row(table, "parport", CHAR, 99, 0, 8);
        one(table, "ppp", CHAR, 108, 0);
        row(table, "nvidia", CHAR, 195, 0, 254);
        one(table, "nvidiactl", CHAR, 195, 255);
        row(table, "dri/card", CHAR, 226, 0, 64);
        for (int minor = 128; minor < 192; minor++) {
            one(table, "dri/renderD" + minor, CHAR, 226, minor);
        }
    }

    private static void disks(Map<String, DeviceNumber> table) {
        row(table, "ram", BLOCK, 1, 0, 16);
        row(table, "fd", BLOCK, 2, 0, 4);
        row(table, "loop", BLOCK, 7, 0, 256);
        row(table, "md", BLOCK, 9, 0, 32);
        row(table, "sr", BLOCK, 11, 0, 32);
        for (int disk = 0; disk < 256; disk++) {
            withPartitions(table, "sd" + letters(disk), SD_MAJORS[disk / 16], disk % 16 * 16);
        }
        for (int disk = 0; disk < 16; disk++) {
            withPartitions(table, "xvd" + letters(disk), 202, disk * 16);
        }
    }

    private static void withPartitions(Map<String, DeviceNumber> table, String disk, int major, int first) {
        one(table, disk, BLOCK, major, first);
        for (int partition = 1; partition < 16; partition++) {
            one(table, disk + partition, BLOCK, major, first + partition);
        }
    }

    /** Returns a..z, then aa..zz: `sd_format_disk_name`. */
    private static String letters(int index) {
        String last = String.valueOf((char) ('a' + index % 26));
        return index < 26 ? last : letters(index / 26 - 1) + last;
    }

    private static void row(
            Map<String, DeviceNumber> table, String name, DeviceKind kind, int major, int first, int count) {
        for (int index = 0; index < count; index++) {
            one(table, name + index, kind, major, first + index);
        }
    }

    private static void one(Map<String, DeviceNumber> table, String name, DeviceKind kind, int major, int minor) {
        if (table.put("/dev/" + name, new DeviceNumber(kind, major, minor)) != null) {
            throw new IllegalStateException("two numbers for " + name);
        }
    }
}
