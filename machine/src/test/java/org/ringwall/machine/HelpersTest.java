// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.run;
import static org.ringwall.machine.Runs.trap;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.machine.map.KeyedMap;

class HelpersTest {
    private static final Environment FORWARD = NEWEST.touching(new Sysctl("net/ipv4/ip_forward", "0\n"));

    @ParameterizedTest
    @CsvSource({"15, -1, 7, 0x7ffffffff", "15, 1000, -2, 0xfffffffe000003e8"})
    void packsUserAndGroup(int helper, int uid, int gid, String packed) {
        Environment environment = NEWEST.with(Task.ROOT.as(uid, gid));
        Outcome.Returned outcome = returned(run(Hook.DEVICE, environment, "call #" + helper, "r0 = 1", "exit"));
        assertThat(outcome.calls())
                .containsExactly(new HelperCall(
                        0,
                        Helper.GET_CURRENT_UID_GID,
                        List.of(),
                        Long.toString(Long.parseUnsignedLong(packed.substring(2), 16))));
    }

    @Test
    void packsThreadAndProcess() {
        Task task = new Task(0, 0, 7, 5, "worker-with-a-long-name", 99);
        Outcome.Returned outcome = returned(
                run(Hook.CONNECT4, NEWEST.with(task).at(123), "call #14", "call #80", "call #5", "r0 = 1", "exit"));
        assertThat(outcome.calls())
                .extracting(HelperCall::toString)
                .containsExactly(
                        "get_current_pid_tgid() = " + (5L << 32 | 7),
                        "get_current_cgroup_id() = 99",
                        "ktime_get_ns() = 123");
    }

    @Test
    void knowsAncestorsByLevelAndCookiesOfTheSocket() {
        Task task = Task.ROOT.as(0, 0);
        Task deep = new Task(0, 0, 7, 5, Task.ROOT.comm(), 99, Map.of(2, 98L), -5, 6);
        String[] asked = {
            "r6 = r1",
            "r1 = 2",
            "call #123",
            "r1 = 3",
            "call #123",
            "r1 = r6",
            "call #122",
            "r1 = r6",
            "call #46",
            "r0 = 1",
            "exit"
        };
        assertThat(returned(run(Hook.CONNECT4, NEWEST.with(deep), asked)).calls())
                .extracting(HelperCall::result)
                .containsExactly("98", "0", "-5", "6");
        assertThat(returned(run(Hook.CONNECT4, NEWEST.with(task), asked)).calls())
                .extracting(HelperCall::result)
                .containsExactly("0", "0", "1", "1");
    }

    @Test
    void truncatesTheNameOfTheTask() {
        Task task = new Task(0, 0, 7, 5, "worker-with-a-long-name", 99);
        assertThat(filled(Hook.DEVICE, NEWEST.with(task), 16, "r1 = r6; r2 = 16; call #16"))
                .isEqualTo("worker-with-a-l\0");
        assertThat(filled(Hook.DEVICE, NEWEST.with(task), 4, "r1 = r6; r2 = 4; call #16"))
                .isEqualTo("wor\0");
    }

    @Test
    void replacesTheNewValueOfASysctl() {
        String[] code = {
            "*(u8 *)(r10 -1) = 55", "r2 = r10", "r2 += -1", "r3 = 1", "call #104", "r6 = r0", "r0 = 1", "exit"
        };
        Sysctl read = new Sysctl("kernel/hostname", "a");
        Sysctl written = new Sysctl(read.name(), read.current(), Optional.of(Bytes.of(new byte[] {'b', 'c'})));
        Outcome.Returned replaced = returned(run(Hook.SYSCTL, NEWEST.touching(written), code));
        assertThat(replaced.done().sysctl()).contains(Bytes.of(new byte[] {'7'}));
        Outcome.Returned kept = returned(run(Hook.SYSCTL, NEWEST.touching(read), code));
        assertThat(kept.done()).isEqualTo(Done.NOTHING);
        assertThat(kept.calls()).extracting(HelperCall::result).containsExactly("-22");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1, 0",
        "0, 0, 0, -1",
        "-13, 0, 1, -13",
        "-13, 0, 0, -13",
        "0, -13, 0, -13",
        "0, -13, 1, -13",
        "-13, -1, 0, -1",
        "-5000, -5000, 0, -1"
    })
    void setsTheErrnoOfTheHook(int before, int set, int r0, int result) {
        Outcome.Returned outcome = returned(run(
                Hook.CONNECT4,
                NEWEST.after(before),
                set == 0 ? "r1 = 0" : "r1 = " + set,
                set == 0 ? "r2 = 0" : "call #187",
                "r0 = " + r0,
                "exit"));
        assertThat(outcome.result()).isEqualTo(result);
        assertThat(outcome.retval()).isEqualTo(set == 0 ? before : set);
    }

    @Test
    void erasesAnEarlierErrnoAsTheKernelDoes() {
        Outcome.Returned outcome =
                returned(run(Hook.CONNECT4, NEWEST.after(-13), "r1 = 0", "call #187", "r0 = 1", "exit"));
        assertThat(outcome.result()).isZero();
        assertThat(outcome.calls()).hasToString("[set_retval(0) = 0]");
    }

    @Test
    void readsTheErrnoSignExtended() {
        Outcome.Returned outcome = returned(run(Hook.SYSCTL, NEWEST.after(-13), "call #186", "r0 = 1", "exit"));
        assertThat(outcome.calls()).hasToString("[get_retval() = -13]");
        assertThat(trap(run(Hook.SYSCTL, Environment.of(KernelVersion.V5_10), "call #186", "exit"))
                        .message())
                .isEqualTo("program of this type cannot use helper #186 at sysctl on 5.10");
    }

    @ParameterizedTest
    @CsvSource({
        "32, 0, net/ipv4/ip_forward, 19",
        "20, 0, net/ipv4/ip_forward, 19",
        "19, 0, net/ipv4/ip_forwar, -7",
        "4, 0, net, -7",
        "1, 0, '', -7",
        "16, 1, ip_forward, 10",
        "11, 1, ip_forward, 10",
        "10, 1, ip_forwar, -7"
    })
    void copiesTheNameOfTheSysctl(int size, int flags, String name, int result) {
        String call = "r1 = r7; r2 = r6; r3 = %d; r4 = %d; call #101".formatted(size, flags);
        assertThat(filled(Hook.SYSCTL, FORWARD, size, call))
                .startsWith(name + "\0")
                .hasSize(size);
        assertThat(calls(Hook.SYSCTL, FORWARD, size, call))
                .hasSize(1)
                .allMatch(c -> c.result().equals("" + result));
    }

    /**
     * The bytes after the NUL are unspecified: stack that was unwritten before the call is
     * unwritten after it.
     */
    @Test
    void leavesBytesAfterTheNameUninitialised() {
        String[] lines = {
            "r2 = r10", "r2 += -32", "r3 = 32", "r4 = 1", "call #101", "r0 = *(u8 *)(r10 -22)", "r0 = *(u8 *)(r10 -21)"
        };
        Outcome.Trap trap = trap(run(Hook.SYSCTL, FORWARD, lines));
        assertThat(trap.slot()).isEqualTo(6);
        assertThat(trap.message()).contains("not initialised");
    }

    @ParameterizedTest
    @CsvSource({"8, 0$......, 2", "2, 0., -7", "3, 0$., 2"})
    void copiesTheValueOfTheSysctl(int size, String value, int result) {
        Environment environment = NEWEST.touching(new Sysctl("net/ipv4/ip_forward", "0\n"));
        String call = "r1 = r7; r2 = r6; r3 = %d; call #102".formatted(size);
        assertThat(filled(Hook.SYSCTL, environment, size, call))
                .isEqualTo(value.replace('$', '\n').replace('.', '\0'));
        assertThat(calls(Hook.SYSCTL, environment, size, call))
                .allMatch(c -> c.result().equals("" + result));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r1 = 0; r2 = r10; r2 += -8; r3 = 8; r4 = 0        @ R1 type=0 expected=ctx",
                "r2 = 0; r3 = 8; r4 = 0                            @ R2 type=0 expected=fp, map_value",
                "r2 = r1; r3 = 8; r4 = 0                           @ R2 type=ctx expected=fp, map_value",
                "r2 = r10; r2 += -8; r3 = 0; r4 = 0                @ r3 invalid size 0",
                "r2 = r10; r2 += -8; r3 = -1; r4 = 0               @ r3 invalid size -1",
                "r2 = r10; r2 += -8; r3 = 9; r4 = 0                @ invalid access to stack, off=-8 size=9",
                "r2 = r10; r2 += -520; r3 = 9; r4 = 0              @ invalid access to stack, off=-520 size=9",
                "r2 = r10; r2 += -8; r3 = 8                        @ r4 !read_ok"
            })
    void refusesArgumentsThatTheVerifierRefuses(String arguments, String message) {
        String[] lines = (arguments + "; call #101; r0 = 1; exit").split(";");
        assertThat(trap(run(Hook.SYSCTL, FORWARD, lines)).message()).isEqualTo(message);
    }

    @Test
    void refusesAReadOnlyBuffer() {
        LoadedProgram program = new LoadedProgram(
                code("r2 = 0x0", "r3 = 8", "r4 = 0", "call #101", "r0 = 1", "exit"),
                Map.of(0, new Address(".rodata", 0)),
                Map.of(".rodata", new Segment(".rodata", true, new byte[8])));
        Outcome outcome = Machine.run(program, Hook.SYSCTL, Context.sysctl(true), FORWARD);
        assertThat(trap(outcome).message()).isEqualTo("write into .rodata forbidden");
    }

    @ParameterizedTest
    @CsvSource({"7, 42", "8, 0"})
    void looksUpValuesOfAMap(int key, long value) {
        byte[] present = {7, 0, 0, 0};
        byte[] answer = {42, 0, 0, 0, 0, 0, 0, 0};
        KeyedMap set = Runs.set(present, answer);
        LoadedProgram program = new LoadedProgram(
                code(
                        "r1 = 0x0",
                        "*(u32 *)(r10 -4) = " + key,
                        "r2 = r10",
                        "r2 += -4",
                        "call #1",
                        "if r0 == 0x0 goto pc+5",
                        "r1 = *(u64 *)(r0 +0)",
                        "r2 = 0x0",
                        "*(u64 *)(r2 +0) = r1",
                        "*(u64 *)(r0 +0) = 5",
                        "r0 = 1",
                        "exit"),
                Map.of(0, new Address("set", 0), 8, new Address(".data", 0)),
                Map.of("set", MapSymbol.of(set), ".data", new Segment(".data", false, new byte[8])));
        Outcome outcome = Machine.run(program, Hook.CONNECT4, Context.zero(Hook.CONNECT4.context()), NEWEST);
        byte[] data = returned(outcome).segment(".data").orElseThrow().content();
        assertThat(data[0]).isEqualTo((byte) value);
        assertThat(set.lookup(present).orElseThrow()[0])
                .as("what the program writes is in the map")
                .isEqualTo((byte) (value == 0 ? 42 : 5));
    }

    /** Returns the bytes that a call wrote to the memory at r6; r7 is the context. */
    private static String filled(Hook hook, Environment environment, int size, String call) {
        byte[] bytes = buffered(hook, environment, size, call)
                .segment(".data")
                .orElseThrow()
                .content();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static List<HelperCall> calls(Hook hook, Environment environment, int size, String call) {
        return buffered(hook, environment, size, call).calls();
    }

    private static Outcome.Returned buffered(Hook hook, Environment environment, int size, String call) {
        LoadedProgram program = new LoadedProgram(
                code(("r7 = r1; r6 = 0x0; " + call + "; r0 = 1; exit").split(";")),
                Map.of(1, new Address(".data", 0)),
                Map.of(".data", new Segment(".data", false, new byte[size])));
        return returned(Machine.run(program, hook, Context.zero(hook.context()), environment));
    }
}
