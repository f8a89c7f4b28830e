// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumbers;
import org.ringwall.compiler.ast.DeviceNumber;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.value.Interval;

/**
 * A parser for devices: numbers, and paths below `/dev` that have the same numbers on every host.
 */
public final class DeviceText {
    /**
     * The limits of a `dev_t`: MINORBITS is 20, which leaves 12 of 32 bits
     * (include/linux/kdev_t.h).
     */
    private static final long MAX_MAJOR = 0xfff;

    private static final long MAX_MINOR = 0xf_ffff;

    /**
     * `*` includes every number that the context can carry, even if a later kernel changes `dev_t`.
     */
    private static final Interval ANY = Interval.of(0, 0xffff_ffffL);

    private static final String DEV = "/dev/";

    /** The names of devices whose numbers the kernel or a driver assigns dynamically. */
    private static final List<String> DYNAMIC = List.of(
            "nvidia-",
            "nvme",
            "vd",
            "dm-",
            "mapper/",
            "rtc",
            "kfd",
            "hidraw",
            "zram",
            "tpmrm",
            "gpiochip",
            "iio:",
            "media",
            "cec",
            "ptp",
            "pps",
            "watchdog",
            "dax",
            "vfio/",
            "accel/",
            "ng",
            "bsg/",
            "usbmon",
            "cuse",
            "vhost-",
            "udmabuf",
            "dma_heap/",
            "sgx_",
            "sev",
            "mei",
            "ipmi",
            "cpu_dma_latency",
            "vport",
            "hvc");

    /**
     * The directories below /dev, with the numbers of the devices in them:
     * Documentation/admin-guide/devices.txt.
     */
    private static final Map<String, String> DIRECTORIES = Map.ofEntries(
            Map.entry("shm", ""),
            Map.entry("mqueue", ""),
            Map.entry("hugepages", ""),
            Map.entry("snd", "char 116:*"),
            Map.entry("dri", "char 226:*"),
            Map.entry("input", "char 13:*"),
            Map.entry("pts", "char 136:*"),
            Map.entry("bus", "char 189:*"),
            Map.entry("bus/usb", "char 189:*"));

    private static final Set<String> LINKS = Set.of("stdin", "stdout", "stderr", "fd");

    private static final List<String> NAMES = DeviceNumbers.paths().stream()
            .map(path -> path.substring(DEV.length()))
            .toList();

    private DeviceText() {}

    public static Reading<DeviceRange> path(String path) {
        Optional<org.ringwall.bpf.kernel.DeviceNumber> known = DeviceNumbers.of(path);
        if (known.isPresent()) {
            return Reading.good(of(known.get()));
        }
        if (!path.startsWith(DEV)) {
            return Reading.bad(
                    Code.UNKNOWN_DEVICE,
                    "`%s` is not a path below `/dev`".formatted(path),
                    DeviceNumbers.of(DEV + path).isPresent()
                            ? "write `\"%s%s\"`".formatted(DEV, path)
                            : "write the path as in `\"/dev/null\"`, or the number as in `char 1:3`");
        }
        String name = path.substring(DEV.length());
        String numbers = DIRECTORIES.get(name);
        if (numbers != null) {
            return Reading.bad(
                    Code.UNKNOWN_DEVICE,
                    "`%s` is a directory".formatted(path),
                    numbers.isEmpty()
                            ? "remove it: the device hook is not invoked for the files in it"
                            : "write `%s` for its devices".formatted(numbers));
        }
        if (LINKS.contains(name)) {
            return Reading.bad(
                    Code.UNKNOWN_DEVICE,
                    "`%s` is a link to a file that each process has open".formatted(path),
                    "write the device that it points to, such as `/dev/null` or `/dev/tty`");
        }
        if (DYNAMIC.stream().anyMatch(name::startsWith)) {
            return Reading.bad(
                    Code.DYNAMIC_DEVICE,
                    "`%s` has no fixed number: its driver gets one when it starts".formatted(path),
                    "read the number on the host with `ls -l %s`, and write it as in `char 511:*`".formatted(path));
        }
        return Reading.bad(
                Code.UNKNOWN_DEVICE,
                "`%s` is not in the table of devices with fixed numbers".formatted(path),
                DidYouMean.nearest(name, NAMES)
                        .map(near -> "did you mean `%s%s`?".formatted(DEV, near))
                        .orElse("write its type and number, as in `char 1:3`; `ls -l %s` shows them".formatted(path)));
    }

    private static DeviceRange of(org.ringwall.bpf.kernel.DeviceNumber number) {
        return new DeviceRange(
                number.kind().number(),
                Interval.of(number.major(), number.major()),
                Interval.of(number.minor(), number.minor()));
    }

    /** Returns the devices that a type and two numbers denote; empty after a report. */
    public static Optional<DeviceRange> numbers(Value.Device device, Findings findings) {
        DeviceKind kind = switch (device.type()) {
            case CHAR -> DeviceKind.CHAR;
            case BLOCK -> DeviceKind.BLOCK;
        };
        Optional<Interval> major = device.major().accept(new NumberReader(MAX_MAJOR, "a major number", findings));
        Optional<Interval> minor = device.minor().accept(new NumberReader(MAX_MINOR, "a minor number", findings));
        return major.flatMap(majors -> minor.map(minors -> new DeviceRange(kind.number(), majors, minors)));
    }

    private record NumberReader(long max, String phrase, Findings findings)
            implements DeviceNumber.Visitor<Optional<Interval>> {
        @Override
        public Optional<Interval> any(DeviceNumber.Any any) {
            return Optional.of(ANY);
        }

        @Override
        public Optional<Interval> exactly(DeviceNumber.Exactly exactly) {
            return number(exactly.number()).map(value -> Interval.of(value, value));
        }

        @Override
        public Optional<Interval> between(DeviceNumber.Between between) {
            Optional<Long> low = number(between.low());
            Optional<Long> high = number(between.high());
            if (low.isEmpty() || high.isEmpty()) {
                return Optional.empty();
            }
            return Ranges.ordered(
                            low.get(),
                            high.get(),
                            between.low().text(),
                            between.high().text())
                    .orReport(findings, between.span());
        }

        private Optional<Long> number(Value.Literal literal) {
            return NumberText.read(literal.text(), max, phrase).orReport(findings, literal.span());
        }
    }
}
