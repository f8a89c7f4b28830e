// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * The process that makes the calls, many for one command. Its network namespace has only a loopback
 * device, so that nothing it sends is received elsewhere. It answers each line that it reads.
 *
 * <p>`keys FILE` reads a set of keys; sets are numbered from 0. `slot DIRECTORY` creates a slot,
 * which is a cgroup and sockets created in it; slots are numbered from 0. `check SLOT SET` makes
 * the call of each key once and answers with a digit each, 1 if the hook denied it. `run SLOT SET
 * COUNT SEED SPAN` makes COUNT calls, each with a random one of the first SPAN keys, and answers
 * how many differed from the check.
 *
 * <p>`found SLOT SET` makes the call of each key and answers with what is observed afterwards
 * ({@link Calls#found}). `tuned SLOT` makes a TCP connection over loopback and answers with its
 * settings ({@link Connections#tuned}). `connections SLOT COUNT` makes TCP connections over
 * loopback and answers how many were established.
 *
 * <p>`pin CPU` stays on that CPU. `leave SLOT` returns to the home cgroup and closes the sockets of
 * a slot, which must not be used afterwards. `reset` returns to the home cgroup and discards all
 * sets and slots.
 */
public final class Driver {
    private static final int MASK_BYTES = 128;

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final Path home;
    private final Path nodes;
    private final List<Calls> sets = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();
    private Path where;

    private Driver(Path home, Path nodes) throws IOException {
        this.home = home;
        this.nodes = nodes;
        this.where = home;
        Slot.enter(home);
        Slot.leaveNetwork(syscalls);
    }

    /**
     * Serves standard input; `args` are the home cgroup, used while nothing is measured, and the
     * folder of device nodes.
     */
    public static void main(String[] args) throws IOException {
        Driver driver = new Driver(Path.of(args[0]), Path.of(args[1]));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        out.println("ready");
        try (NativeArena arena = new NativeArena(driver.syscalls)) {
            String line = in.readLine();
            while (line != null) {
                try (NativeArena.Frame frame = arena.frame()) {
                    line = driver.serve(in, out, frame, line);
                }
                driver.forget();
            }
        }
    }

    /**
     * Answers lines until a reset; the frame holds the memory to be released then. Returns the next
     * line, or null at the end.
     */
    private @org.jspecify.annotations.Nullable String serve(
            BufferedReader in, PrintStream out, NativeArena.Frame frame, String first) throws IOException {
        String line = first;
        while (line != null && !line.equals("reset")) {
            out.println(answer(line.split(" ", -1), frame));
            line = in.readLine();
        }
        if (line == null) {
            return null;
        }
        enter(home);
        out.println("reset");
        return in.readLine();
    }

    private String answer(String[] words, NativeArena.Frame frame) throws IOException {
        return switch (words[0]) {
            case "keys" -> {
                sets.add(Calls.read(syscalls, frame, Path.of(words[1]), nodes));
                yield "keys " + (sets.size() - 1);
            }
            case "slot" -> {
                enter(Path.of(words[1]));
                slots.add(new Slot(syscalls, Path.of(words[1])));
                yield "slot " + (slots.size() - 1);
            }
            case "leave" -> {
                enter(home);
                slots.get(Integer.parseInt(words[1])).close();
                yield "left " + words[1];
            }
            case "check" -> {
                Slot slot = entered(words[1]);
                yield sets.get(Integer.parseInt(words[2])).check(slot);
            }
            case "run" -> {
                Slot slot = entered(words[1]);
                int otherwise = sets.get(Integer.parseInt(words[2]))
                        .run(slot, Integer.parseInt(words[3]), Long.parseLong(words[4]), Integer.parseInt(words[5]));
                yield Integer.toString(otherwise);
            }
            case "found" -> {
                Slot slot = entered(words[1]);
                yield sets.get(Integer.parseInt(words[2])).found(slot);
            }
            case "tuned" -> entered(words[1]).tuned();
            case "connections" -> {
                Slot slot = entered(words[1]);
                yield Integer.toString(slot.connections(Integer.parseInt(words[2])));
            }
            case "pin" -> {
                NativeBlock mask = frame.zeros(MASK_BYTES);
                int cpu = Integer.parseInt(words[1]);
                mask.putByte(cpu / 8, 1 << cpu % 8);
                syscalls.require(Call.SCHED_SETAFFINITY, 0, MASK_BYTES, mask.address());
                yield "pin " + cpu;
            }
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private Slot entered(String number) throws IOException {
        Slot slot = slots.get(Integer.parseInt(number));
        enter(slot.cgroup());
        return slot;
    }

    private void enter(Path cgroup) throws IOException {
        if (!cgroup.equals(where)) {
            Slot.enter(cgroup);
            where = cgroup;
        }
    }

    private void forget() {
        sets.forEach(Calls::close);
        slots.forEach(Slot::close);
        sets.clear();
        slots.clear();
    }
}
