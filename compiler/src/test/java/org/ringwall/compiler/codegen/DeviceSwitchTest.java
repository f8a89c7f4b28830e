// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.pipeline.StagePrinter;
import org.ringwall.compiler.report.Stage;
import org.ringwall.compiler.source.SourceFile;

/**
 * Lists of devices with one access: the verdicts of all accesses, and of numbers next to those
 * listed, in both byte orders.
 */
class DeviceSwitchTest {
    private static final int MAKE = 1;
    private static final int MOST_MINOR = (1 << 20) - 1;

    /** @param kind 1 for a block device, 2 for a character device */
    private record Device(int kind, int major, int minor) implements Comparable<Device> {
        @Override
        public int compareTo(Device other) {
            return Long.compare(number(), other.number());
        }

        private long number() {
            return (long) kind << 32 | (long) major << 20 | minor;
        }

        String text() {
            return (kind == 1 ? "block " : "char ") + major + ":" + minor;
        }
    }

    /**
     * Columns: the listed access, the number of devices, the greatest major, whether all terminals
     * are listed too, and whether one table is used.
     */
    @ParameterizedTest
    @CsvSource({
        "r, 8, 200, false, true",
        "w, 30, 1023, true, true",
        "rw, 12, 511, true, true",
        "rw, 300, 1023, false, true",
        "rwm, 10, 300, true, true",
        "rwm, 100, 255, false, true",
        "rm, 40, 700, true, true",
        "rw, 60, 4095, true, false",
        "rw, 3, 511, true, false"
    })
    void everyAccessHasTheVerdictOfTheList(String access, int count, int most, boolean terminals, boolean one) {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed * 31L + count + most);
            Set<Device> listed = new TreeSet<>();
            listed.add(new Device(2, most, MOST_MINOR));
            while (listed.size() < count) {
                listed.add(new Device(1 + random.nextInt(2), random.nextInt(most + 1), random.nextInt(9)));
            }
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                HookCode code = code(text(access, listed, terminals), order);
                assertThat(code.assembly().insns().size()).isLessThan(one ? 50 : 1_000);
                TinyMachine machine =
                        new TinyMachine(code.assembly(), order, ContextStruct.DEVICE.size(), code.tables());
                for (Device device : around(listed)) {
                    boolean named = listed.contains(device) || terminals && device.kind == 2 && device.major == 136;
                    for (int asked : List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 0x4000, 0x8002)) {
                        int word = device.kind | asked << 16;
                        machine.context()
                                .putInt(0, word)
                                .putInt(4, device.major)
                                .putInt(8, device.minor);
                        boolean allowed = asked == 0
                                || named && (asked & ~bits(access)) == 0
                                || asked == MAKE && access.contains("m");
                        assertThat(machine.run())
                                .as("%s, access %d, %s", device, asked, order)
                                .isEqualTo(allowed ? 1 : 0);
                    }
                }
            }
        }
    }

    /**
     * The lists have different accesses, so that the device numbers are joined into one value. Both
     * kinds of devices are listed, or one. Majors above 1023 do not fit one value with the minors.
     */
    @ParameterizedTest
    @CsvSource({"2, 14, 200, 3", "2, 40, 1023, 3", "2, 40, 2000, 2", "1, 16, 500, 3", "1, 50, 1023, 3", "1, 50, 2047, 2"
    })
    void joinedDeviceNumbersHaveTheVerdictsOfTheLists(int kinds, int count, int most, String switches) {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed * 31L + count + most);
            Set<Device> listed = new TreeSet<>(List.of(new Device(2, most, MOST_MINOR), new Device(2, 0, 0)));
            while (listed.size() < 2 * count) {
                int kind = kinds == 1 ? 2 : 1 + random.nextInt(2);
                listed.add(new Device(kind, random.nextInt(most + 1), random.nextInt(9)));
            }
            Set<Device> written = new TreeSet<>();
            listed.stream().filter(device -> random.nextBoolean()).forEach(written::add);
            String text = "policy p\ndevices {\n  allow w if dev in { " + list(written) + " }\n  allow r if dev in { "
                    + list(listed) + " }\n  default deny\n}\n";
            assertThat(StagePrinter.print(
                            Stage.FORMS,
                            org.ringwall.compiler.pipeline.Compiler.compile(
                                            new SourceFile("p.wall", text), Settings.DEFAULT)
                                    .compilation()
                                    .orElseThrow()))
                    .contains(switches + " switches as one");
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                HookCode code = code(text, order);
                TinyMachine machine =
                        new TinyMachine(code.assembly(), order, ContextStruct.DEVICE.size(), code.tables());
                for (Device device : around(listed)) {
                    for (int asked : List.of(0, 2, 4, 6, 3)) {
                        machine.context()
                                .putInt(0, device.kind | asked << 16)
                                .putInt(4, device.major)
                                .putInt(8, device.minor);
                        boolean allowed = asked == 0
                                || asked == 2 && listed.contains(device)
                                || (asked == 4 || asked == 6) && written.contains(device);
                        assertThat(machine.run())
                                .as("%s, access %d, %s", device, asked, order)
                                .isEqualTo(allowed ? 1 : 0);
                    }
                }
            }
        }
    }

    private static String list(Set<Device> devices) {
        return devices.stream().map(Device::text).collect(Collectors.joining(", "));
    }

    private static int bits(String access) {
        return (access.contains("m") ? MAKE : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0);
    }

    private static String text(String access, Set<Device> listed, boolean terminals) {
        String list = listed.stream().map(Device::text).collect(Collectors.joining(", "));
        String make = access.contains("m") ? "  allow m if dev in { block *:*, char *:* }\n" : "";
        return "policy p\ndevices {\n" + make + "  allow " + access + " if dev in { " + list
                + (terminals ? ", char 136:*" : "") + " }\n  default deny\n}\n";
    }

    /**
     * Returns the listed devices, their neighbours, those of the other kind, and those whose
     * numbers have one more upper bit.
     */
    private static List<Device> around(Set<Device> listed) {
        List<Device> all =
                new ArrayList<>(List.of(new Device(2, 136, 0), new Device(1, 136, 9), new Device(2, 4095, 0)));
        for (Device device : listed) {
            int kind = device.kind;
            all.add(device);
            all.add(new Device(3 - kind, device.major, device.minor));
            all.add(new Device(kind, device.major, device.minor + 1 & MOST_MINOR));
            all.add(new Device(kind, device.major ^ 1, device.minor));
            all.add(new Device(kind, device.major ^ 1024, device.minor));
            all.add(new Device(kind, device.major ^ 2048, device.minor));
            all.add(new Device(kind, device.major, device.minor ^ 1 << 19));
        }
        return all;
    }

    private static HookCode code(String text, ByteOrder order) {
        Target target = new Target(KernelVersion.V5_10, order);
        return Compiled.hookCode(Compiled.policy("devices.wall", text, target), Hook.DEVICE, target);
    }
}
