// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.Doomed;
import org.ringwall.loader.fixtures.Hammer;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;
import org.ringwall.testkit.ToolTest;

/** Objects of clang that know nothing of docs/abi.md, from the sources in testdata/plain. */
@KernelTest
class PlainObjectsKernelTest {
    private static final Path SOURCES = GoldenCase.projectRoot().resolve("testdata/plain");

    @TempDir
    Path dir = Path.of("");

    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void mapsDataAndSubprogramsWork() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        ApplyResult result = apply(built("deny"), cgroup);
        assertThat(result.name()).hasToString("deny@main");
        assertThat(result.hooks()).containsExactly("connect4", "connect6");
        assertThat(result.plain()).isTrue();
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
        assertThat(box.connect(cgroup, 7)).as("a constant of .rodata").isEqualTo("EPERM");
        list(1, port);
        assertThat(box.connect(cgroup, port)).as("a key of the map").isEqualTo("EPERM");
        assertThat(number(pin(1, "data-bss"))).as("denials").isEqualTo(2);
        assertThat(number(pin(1, "data-data"))).as("requests").isEqualTo(1003);
    }

    @Test
    void aReplacementKeepsMapsThatArePinnedByNameAndNoOthers() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(built("deny"), cgroup);
        list(1, port);
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThat(number(pin(1, "map-last"))).isEqualTo(port);
        ApplyResult result = apply(built("deny"), cgroup);
        assertThat(result.notes())
                .containsExactly(
                        "each version of a plain object starts with new maps and data that are not pinned by name: `last`,"
                                + " `.data`, `.bss`");
        assertThat(number(pin(2, "map-last"))).isZero();
        assertThat(number(pin(2, "data-bss"))).isZero();
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(box.pins()).noneMatch(pin -> pin.contains("g1"));
        ApplyRequest forgets =
                new ApplyRequest(built("deny"), "main", List.of(), Map.of(), false, Set.of("denied"), Optional.empty());
        box.host.applier().apply(forgets);
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
    }

    @Test
    @ToolTest("clang-19")
    void aPinnedMapWithAnotherLayoutIsNotReplacedUnasked() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        apply(built("deny"), cgroup);
        Path wider = Files.writeString(
                dir.resolve("deny.c"),
                Files.readString(SOURCES.resolve("deny.c")).replace("__type(value, __u32)", "__type(value, __u64)"));
        PolicyObject other = compiled(wider);
        assertThatThrownBy(() -> apply(other, cgroup))
                .isInstanceOfSatisfying(
                        InputException.class, e -> assertThat(e.help()).startsWith("--forget denied discards"))
                .hasMessage("the version in force has `denied` with values of 4 bytes, but the new one needs 8");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(box.connect(cgroup, 7)).isEqualTo("EPERM");
    }

    @Test
    void packetProgramsShareSubprogramsAndMaps() {
        Cgroup cgroup = box.cgroup("a");
        apply(built("packets"), cgroup);
        String sent = KernelBox.script(cgroup, """
                import errno, socket
                def send(port):
                    try:
                        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        s.sendto(b'x', ('127.0.0.1', port))
                        return 'ok'
                    except OSError as e:
                        return errno.errorcode[e.errno]
                print(send(9), send(10))
                """);
        assertThat(sent).isEqualTo("EPERM ok");
    }

    @Test
    void deviceProgramsDecide() {
        Cgroup cgroup = box.cgroup("a");
        apply(built("device"), cgroup);
        assertThat(box.run(cgroup, "head", "-c1", "/dev/zero")).contains("Operation not permitted");
        assertThat(box.run(cgroup, "head", "-c0", "/dev/null")).isEmpty();
    }

    @Test
    void programsOfSixHooksInOneObjectDecide() {
        Cgroup cgroup = box.cgroup("a");
        ApplyResult result = apply(built("options"), cgroup);
        assertThat(result.hooks())
                .containsExactly("sock_create", "post_bind4", "sock_ops", "sysctl", "getsockopt", "setsockopt");
        assertThat(KernelBox.script(cgroup, """
                import errno, os, socket
                def name(call):
                    try:
                        return call()
                    except OSError as e:
                        return errno.errorcode[e.errno]
                s = socket.socket()
                print(name(lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)),
                      s.getsockopt(socket.SOL_SOCKET, 12),
                      name(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
                      name(lambda: s.bind(('127.0.0.1', 7777))),
                      name(lambda: os.write(os.open('/proc/sys/kernel/domainname', os.O_WRONLY), b'x')))
                """)).isEqualTo("EPERM 5 EPERM EPERM EPERM");
    }

    @Test
    void replacementUnderFireLetsNothingThrough() {
        Cgroup cgroup = box.cgroup("a");
        apply(built("deny"), cgroup);
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            for (int i = 0; i < 60; i++) {
                apply(built("deny"), cgroup);
            }
            Hammer.Count count = hammer.stop();
            assertThat(count.tries()).isGreaterThan(1_000);
            assertThat(count.allowed()).isZero();
        }
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds()).hasSize(1);
    }

    @Test
    void replacementKilledAnywhereNeverOpensAGapAndIsRecovered() throws IOException, InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        apply(built("deny"), cgroup);
        int pins = box.pins().size();
        TreeSet<Long> outcomes = new TreeSet<>();
        TreeSet<Integer> attached = new TreeSet<>();
        int kills = 0;
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            while (doomed(cgroup, Doomed.PLAIN, kills) == 137) {
                attached.add(box.attached(cgroup, Hook.CONNECT4).progIds().size());
                assertThat(box.connect(cgroup, 7)).as("kill %s", kills).isEqualTo("EPERM");
                box.host.remover().recover();
                InstanceStatus status = box.host.status().get(0);
                assertThat(status.state()).as("kill %s", kills).isEqualTo(InstanceStatus.State.IN_FORCE);
                assertThat(status.plain()).isTrue();
                outcomes.add(status.generation());
                for (Hook hook : List.of(Hook.CONNECT4, Hook.CONNECT6)) {
                    assertThat(box.attached(cgroup, hook).progIds())
                            .as("kill %s", kills)
                            .hasSize(1);
                }
                assertThat(box.pins()).as("kill %s", kills).hasSize(pins);
                kills += Step.SIZE;
            }
            Hammer.Count count = hammer.stop();
            assertThat(count.allowed()).isZero();
            assertThat(count.tries()).isGreaterThan(1_000);
        }
        assertThat(kills).isGreaterThan(20);
        assertThat(attached).containsExactly(1, 2);
        assertThat(outcomes).contains(1L, 2L);
    }

    @Test
    void firstApplyAndRemovalKilledAnywhereAreCompletedByRecover() throws IOException, InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        Path object = Files.copy(SOURCES.resolve("deny.o"), dir.resolve("p.o"));
        int unfinished = 0;
        int step = Math.max(3, Step.SIZE);
        for (int kills = 0; doomed(cgroup, Doomed.PLAIN, kills, object) == 137; kills += step) {
            unfinished += recovered(cgroup, "apply, kill " + kills);
        }
        int more = 0;
        int kills = 0;
        do {
            apply(ObjectFile.read(object.toString()), cgroup);
            if (doomed(cgroup, Doomed.REMOVE, kills, object) != 137) {
                break;
            }
            more += recovered(cgroup, "removal, kill " + kills);
            kills += Math.max(2, Step.SIZE);
        } while (true);
        assertThat(unfinished)
                .as("programs of a first apply that were not reported as in force")
                .isPositive();
        assertThat(more).isPositive();
        assertThat(box.pins()).isEmpty();
    }

    /** Recovers. Returns 1 if programs decided and the status reported that it cannot say more. */
    private int recovered(Cgroup cgroup, String when) {
        int before = box.attached(cgroup, Hook.CONNECT4).progIds().size();
        List<InstanceStatus> all = box.host.status();
        boolean unreadable = !all.isEmpty() && all.get(0).state() == InstanceStatus.State.UNREADABLE;
        box.host.remover().recover();
        int after = box.attached(cgroup, Hook.CONNECT4).progIds().size();
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds()).as(when).hasSize(after);
        if (unreadable) {
            assertThat(after).as(when).isZero();
            assertThat(all.get(0).trouble().orElse("")).contains("ringwall recover ends that");
        } else if (before == 1 && after == 0) {
            assertThat(all.get(0).state()).as(when).isNotEqualTo(InstanceStatus.State.IN_FORCE);
        }
        if (after == 0) {
            assertThat(box.pins()).as(when).isEmpty();
        } else {
            box.host.remover().remove(InstanceName.parse("p"));
        }
        return unreadable ? 1 : 0;
    }

    @Test
    void aLostControlPinIsFoundAgainThroughThePrograms() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        apply(built("deny"), cgroup);
        Files.delete(box.host.pins().root().resolve("deny@main/control"));
        assertThat(box.host.status().get(0).state()).isEqualTo(InstanceStatus.State.IN_FORCE);
        box.host.remover().recover();
        assertThat(box.host.pins().root().resolve("deny@main/control")).exists();
        assertThat(box.connect(cgroup, 7)).isEqualTo("EPERM");
    }

    @Test
    void aPolicyAndAPlainObjectDoNotReplaceEachOther() {
        Cgroup cgroup = box.cgroup("a");
        apply(built("deny"), cgroup);
        ApplyRequest policy = new ApplyRequest(TestObjects.policy("deny", 7), "main", List.of(cgroup), Map.of(), false);
        assertThatThrownBy(() -> box.host.applier().apply(policy))
                .isInstanceOf(InputException.class)
                .hasMessage("`deny@main` is in force as a plain object, and this object is a policy");
        box.host.remover().remove(InstanceName.parse("deny"));
        box.host.applier().apply(policy);
        assertThatThrownBy(() -> apply(built("deny"), cgroup))
                .hasMessage("`deny@main` is in force as a policy, and this object is a plain object");
        assertThat(box.connect(cgroup, 7)).isEqualTo("EPERM");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2", "v3", "v4"})
    @ToolTest("clang-19")
    void sourcesCompiledNowAreApplied(String cpu) {
        Cgroup cgroup = box.cgroup("a");
        for (String name : List.of("deny", "packets", "device", "options")) {
            apply(compiled(SOURCES.resolve(name + ".c"), "-mcpu=" + cpu), cgroup);
        }
        assertThat(box.connect(cgroup, 7)).isEqualTo("EPERM");
        assertThat(box.host.status()).allMatch(InstanceStatus::enforced).hasSize(4);
    }

    @Test
    @ToolTest("clang-19")
    void fieldsOfAPartialContextAreFoundInTheKernelsTypes() throws IOException {
        Path source = Files.writeString(dir.resolve("partial.c"), """
                struct bpf_sock_addr { unsigned user_port; } __attribute__((preserve_access_index));
                __attribute__((section("cgroup/connect4"), used)) int seven(struct bpf_sock_addr *ctx)
                {
                    return ctx->user_port != 0x0700;
                }
                """);
        Cgroup cgroup = box.cgroup("a");
        apply(compiled(source), cgroup);
        assertThat(box.connect(cgroup, 7)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, box.listen())).isEqualTo("ok");
    }

    @Test
    @ToolTest("clang-19")
    void aRefusalOfTheVerifierNamesProgramAndLine() throws IOException {
        Path source = Files.writeString(dir.resolve("bad.c"), """
                #include <linux/bpf.h>
                #include <bpf/bpf_helpers.h>
                SEC("cgroup/connect4") int beyond(struct bpf_sock_addr *ctx)
                {
                    return *(volatile int *)((char *)ctx + 1024);
                }
                char _license[] SEC("license") = "GPL";
                """);
        assertThatThrownBy(() -> apply(compiled(source), box.cgroup("a")))
                .isInstanceOf(KernelRefusedException.class)
                .hasMessageMatching("the kernel refused to load the program `beyond` \\(EACCES\\): "
                        + "invalid bpf_context access off=1024 size=4, at `return .*1024.*` \\(.*bad\\.c:5\\)");
        assertThat(box.pins()).isEmpty();
    }

    @Test
    @ToolTest("clang-19")
    void anInfiniteLoopIsCalledOne() throws IOException {
        Path source = Files.writeString(dir.resolve("loop.c"), """
                #include <linux/bpf.h>
                #include <bpf/bpf_helpers.h>
                SEC("cgroup/connect4") int loop(struct bpf_sock_addr *ctx)
                {
                    for (;;)
                        __asm__ volatile("");
                    return 1;
                }
                char _license[] SEC("license") = "GPL";
                """);
        assertThatThrownBy(() -> apply(compiled(source), box.cgroup("a")))
                .isInstanceOf(KernelRefusedException.class)
                .hasMessageMatching("the kernel refused to load the program `loop` \\(EINVAL\\): "
                        + "infinite loop detected at insn [0-9]+, at `.*` \\(.*loop\\.c:5\\)");
    }

    private static PolicyObject built(String name) {
        return ObjectFile.read(SOURCES.resolve(name + ".o").toString());
    }

    private PolicyObject compiled(Path source, String... flags) {
        String object = dir.resolve(String.valueOf(source.getFileName()).replace(".c", ".o"))
                .toString();
        List<String> words = new ArrayList<>(List.of("clang-19", "-O2", "-g", "-target", "bpf"));
        words.addAll(List.of("-I/usr/include/x86_64-linux-gnu", "-I/usr/include/aarch64-linux-gnu"));
        words.addAll(List.of(flags));
        words.addAll(List.of("-c", source.toString(), "-o", object));
        Command.run(dir, words).succeeded();
        return ObjectFile.read(object);
    }

    private ApplyResult apply(PolicyObject object, Cgroup cgroup) {
        return box.host.applier().apply(new ApplyRequest(object, "main", List.of(cgroup), Map.of(), false));
    }

    private Path pin(int generation, String name) {
        return box.host.pins().root().resolve("deny@main/g" + generation).resolve(name);
    }

    private void list(int generation, int port) {
        byte[] key = ByteBuffer.allocate(2)
                .order(ByteOrder.nativeOrder())
                .putShort((short) port)
                .array();
        try (Fd map = box.host.bpf().objGet(pin(generation, "map-denied"))) {
            box.host.bpf().mapUpdate(map, key, new byte[4]);
        }
    }

    private long number(Path pin) {
        try (Fd map = box.host.bpf().objGet(pin)) {
            byte[] value = box.host.bpf().mapLookup(map, new byte[4], 8).orElseThrow();
            return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
        }
    }

    private int doomed(Cgroup cgroup, String what, int killAt) throws IOException, InterruptedException {
        return doomed(cgroup, what, killAt, SOURCES.resolve("deny.o"));
    }

    private int doomed(Cgroup cgroup, String what, int killAt, Path object) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Doomed.class.getName(),
                        box.pinBase.toString(),
                        cgroup.path().toString(),
                        what,
                        Integer.toString(killAt),
                        object.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        assertThat(exit).as(said).isIn(0, 137);
        return exit;
    }
}
