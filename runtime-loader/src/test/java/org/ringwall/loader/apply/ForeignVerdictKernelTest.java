// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.fixtures.Doomed;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.object.Param;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** Foreign programs that run after a policy and turn its denials into success. */
@KernelTest
class ForeignVerdictKernelTest {
    /** Offsets in {@code struct bpf_sockopt}. */
    private static final int OPTLEN = 32;

    private static final int RETVAL = 36;

    /** IPPROTO_TCP as a test policy reads it: 16 bits in network byte order. */
    private static final int TCP_LEVEL = 6 << 8;

    private static final int PROG_ARRAY = 3;

    private final KernelBox box = new KernelBox();
    private final List<Fd> open = new ArrayList<>();

    @AfterEach
    void clean() {
        open.forEach(Fd::close);
        box.close();
    }

    @Test
    void refusesBelowAProgramThatSetsTheReturnValue() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        int port = box.listen();
        apply(child, port);
        assertThat(box.connect(child, port)).isEqualTo("EPERM");
        int id = attach(parent, Hook.CONNECT4, "eraser", setRetval());
        assertThat(box.connect(child, port)).isEqualTo("ok");
        String sentence = sentence("eraser", id, "connect4", parent) + "calls bpf_set_retval, which can turn a"
                + " denial into success";
        assertThat(overriding()).containsExactly(sentence);
        assertThatThrownBy(() -> apply(child, port))
                .isInstanceOfSatisfying(
                        HostException.class,
                        refused -> assertThat(refused.help())
                                .isEqualTo("have its owner detach it, or accept it: --accept-foreign"))
                .hasMessage(sentence);
        assertThatThrownBy(() -> apply(child, port, ApplyChoice.DRY_RUN)).hasMessage(sentence);
        assertThat(generation()).as("what is refused changes nothing").isEqualTo(1);
        assertThat(apply(child, port, ApplyChoice.ACCEPT_FOREIGN).notes()).contains(sentence);
        assertThat(generation()).isEqualTo(2);
    }

    @Test
    void remembersAcceptedProgramsAndReportsOthers() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        attach(parent, Hook.CONNECT4, "first", setRetval());
        apply(child, 80, ApplyChoice.ACCEPT_FOREIGN);
        assertThat(overriding()).isEmpty();
        assertThat(accepted()).singleElement().asString().contains("program `first`");
        assertThat(status().enforced()).isTrue();
        assertThat(apply(child, 81).notes()).anyMatch(note -> note.contains("turn a denial into success"));

        open.remove(open.size() - 1).close();
        open.remove(open.size() - 1).close();
        attach(parent, Hook.CONNECT4, "again", setRetval());
        assertThat(accepted()).singleElement().asString().contains("program `again`");
        assertThat(overriding()).as("the same code").isEmpty();

        List<Insn> other = new ArrayList<>(List.of(number(Reg.R2, 7)));
        other.addAll(setRetval());
        attach(parent, Hook.CONNECT4, "other", other);
        assertThat(overriding()).singleElement().asString().contains("program `other`");
        assertThat(status().enforced()).isFalse();
        assertThatThrownBy(() -> apply(child, 82)).hasMessageContaining("program `other`");
        assertThat(generation()).isEqualTo(2);
        apply(child, 82, ApplyChoice.ACCEPT_FOREIGN);
        assertThat(accepted()).hasSize(2);

        open.remove(open.size() - 1).close();
        open.remove(open.size() - 1).close();
        apply(child, 83);
        attach(parent, Hook.CONNECT4, "other", other);
        assertThat(overriding()).as("it was gone at the last apply").hasSize(1);
        box.host.remover().remove(status().name());
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void acceptsAProgramThatRunsBeforeAndReportsOneThatWasAttachedAfter() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        attach(cgroup, Hook.CONNECT4, "before", setRetval());
        apply(cgroup, port);
        assertThat(box.connect(cgroup, port)).as("it has run already").isEqualTo("EPERM");
        assertThat(overriding()).isEmpty();
        int id = attach(cgroup, Hook.CONNECT4, "after", setRetval());
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
        assertThat(overriding())
                .singleElement()
                .asString()
                .startsWith(sentence("after", id, "connect4", cgroup) + "calls");
        if (ordered(cgroup)) {
            assertThatThrownBy(() -> apply(cgroup, port))
                    .as("a new version takes the place of the old one")
                    .hasMessageStartingWith(sentence("after", id, "connect4", cgroup) + "calls");
            apply(cgroup, port, ApplyChoice.ALLOW_REORDER);
        } else {
            apply(cgroup, port);
        }
        assertThat(box.connect(cgroup, port)).as("a new version runs last").isEqualTo("EPERM");
        assertThat(overriding()).isEmpty();
    }

    @Test
    void refusesBelowAProgramThatStoresToRetval() {
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        PolicyObject policy = PolicyObject.of(TestObjects.object(
                TestObjects.rodata("p", TCP_LEVEL).section(),
                List.of(TestObjects.denyPort("getsockopt_0123", "cgroup/getsockopt"))));
        apply(policy, child);
        assertThat(nodelay(child)).isEqualTo("EPERM");
        int harmless = attach(parent, Hook.GETSOCKOPT, "harmless", store(OPTLEN));
        assertThat(nodelay(child)).isEqualTo("EPERM");
        assertThat(overriding()).as("program %s", harmless).isEmpty();
        int id = attach(parent, Hook.GETSOCKOPT, "eraser", store(RETVAL));
        if (!RunningKernel.atLeast(5, 18)) {
            assertThat(nodelay(child)).as("a denial is final on this kernel").isEqualTo("EPERM");
            assertThat(overriding()).isEmpty();
            apply(policy, child);
            return;
        }
        assertThat(nodelay(child)).isEqualTo("ok");
        String sentence = sentence("eraser", id, "getsockopt", parent) + "writes `retval`, which can turn a"
                + " denial into success";
        assertThat(overriding()).containsExactly(sentence);
        assertThatThrownBy(() -> apply(policy, child)).hasMessage(sentence);
    }

    @Test
    void refusesBelowAProgramWithTailCalls() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        MapSpec programs = new MapSpec("jumps", PROG_ARRAY, 4, 4, 1, 0, Optional.empty(), Optional.empty());
        Fd table = box.host.bpf().mapCreate(programs);
        open.add(table);
        int id = attach(
                parent,
                Hook.CONNECT4,
                "jumps",
                List.of(
                        new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R2, table.number()),
                        number(Reg.R3, 0),
                        new Insn.CallHelper(Helper.TAIL_CALL.id()),
                        number(Reg.R0, 1),
                        new Insn.Exit()));
        assertThatThrownBy(() -> apply(child, 80))
                .hasMessage(sentence("jumps", id, "connect4", parent)
                        + "makes tail calls, so it cannot be checked whether it turns denials into success");
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void reportsProgramsItCannotCheckWithoutTheCapability() throws IOException, InterruptedException {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        attach(parent, Hook.CONNECT4, "silent", List.of(number(Reg.R0, 1), new Insn.Exit()));
        assertThat(withoutSyslog(child)).as("it calls nothing").contains("done");
        attach(parent, Hook.CONNECT4, "calls", List.of(call(Helper.GET_RETVAL), number(Reg.R0, 1), new Insn.Exit()));
        apply(child, 80);
        assertThat(overriding()).as("with the capability").isEmpty();
        assertThat(withoutSyslog(child))
                .contains("program `calls` (id")
                .contains("calls helpers whose names this kernel hides from this process, so it cannot be checked"
                        + " whether it turns denials into success");
    }

    @Test
    void ourOwnProgramsOfOtherPoliciesAreNotForeign() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        ProgramSpec program = new ProgramSpec("connect4_0123", "cgroup/connect4", setRetval(), List.of(), List.of(), 0);
        apply(PolicyObject.of(TestObjects.object(TestObjects.rodata("q", 80).section(), List.of(program))), parent);
        assertThat(apply(child, 80).notes())
                .singleElement()
                .asString()
                .contains("`q@main` runs after this policy at connect4");
        assertThat(overriding()).isEmpty();
    }

    /** A policy and a plain object that lifts its denials, applied at the same time. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneOfTwoAppliesAtTheSameTimeFindsTheOther(boolean policyFirst) throws Exception {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        ProgramSpec program = new ProgramSpec("eraser", "cgroup/connect4", setRetval(), List.of(), List.of(), 0);
        PolicyObject plain = PolicyObject.plain(
                new BpfObject(ByteOrder.nativeOrder(), "GPL", List.of(program), List.of(), List.of(), Btf.EMPTY),
                "eraser");
        PolicyObject policy = TestObjects.policy("p", 80);
        PolicyObject first = policyFirst ? policy : plain;
        PolicyObject second = policyFirst ? plain : policy;
        CountDownLatch checked = new CountDownLatch(1);
        CountDownLatch attaches = new CountDownLatch(1);
        Bpf slow = (Bpf)
                Proxy.newProxyInstance(Bpf.class.getClassLoader(), new Class<?>[] {Bpf.class}, (self, method, args) -> {
                    if (method.getName().equals("linkCreate")) {
                        checked.countDown();
                        Guard.open(attaches);
                    }
                    return method.invoke(box.host.bpf(), args);
                });
        LoaderHost host = new LoaderHost(slow, box.host.pins(), box.host.hierarchy(), box.host.host());
        CompletableFuture<ApplyResult> one =
                CompletableFuture.supplyAsync(() -> host.applier().apply(request(first, policyFirst ? child : parent)));
        Guard.open(checked);
        CompletableFuture<ApplyResult> other = CompletableFuture.supplyAsync(
                () -> box.host.applier().apply(request(second, policyFirst ? parent : child)));
        // The other one has time to check, and to attach its program.
        Thread.sleep(500);
        attaches.countDown();
        assertThat(Guard.result(one).generation()).isEqualTo(1);
        assertThatThrownBy(() -> Guard.result(other))
                .hasCauseInstanceOf(HostException.class)
                .hasMessageContaining("runs after " + (policyFirst ? "`p@main`" : "the policy"));
    }

    private static ApplyRequest request(PolicyObject object, Cgroup cgroup) {
        return new ApplyRequest(object, "main", List.of(cgroup), Map.of(), false);
    }

    private boolean ordered(Cgroup cgroup) {
        return box.attached(cgroup, Hook.CONNECT4).ordered();
    }

    private static String sentence(String name, int id, String hook, Cgroup place) {
        return "program `" + name + "` (id " + id + ", tag TAG, attached to " + hook + " of `" + place
                + "`) runs after the policy and ";
    }

    private ApplyResult apply(Cgroup cgroup, int port, ApplyChoice... choices) {
        return apply(TestObjects.policy("p", port), cgroup, choices);
    }

    private ApplyResult apply(PolicyObject policy, Cgroup cgroup, ApplyChoice... choices) {
        Param port = policy.params().get(0);
        Map<String, String> params = Map.of(port.name(), Long.toString(port.preset()));
        ApplyRequest request =
                new ApplyRequest(policy, "main", List.of(cgroup), params, Set.of(choices), Set.of(), Optional.empty());
        try {
            ApplyResult result = box.host.applier().apply(request);
            List<String> notes = result.notes().stream()
                    .map(ForeignVerdictKernelTest::untagged)
                    .toList();
            return new ApplyResult(
                    result.name(),
                    result.generation(),
                    result.before(),
                    result.cgroups(),
                    result.hooks(),
                    notes,
                    result.changes(),
                    result.monitoring(),
                    result.confirm(),
                    result.plain(),
                    result.downgrade(),
                    List.of());
        } catch (HostException e) {
            throw new HostException(untagged(String.valueOf(e.getMessage())), e.help());
        }
    }

    private List<String> overriding() {
        return box.host.status().stream()
                .flatMap(instance -> instance.places().stream())
                .flatMap(place -> place.overriding().stream())
                .map(ForeignVerdictKernelTest::untagged)
                .toList();
    }

    private List<String> accepted() {
        return status().places().stream()
                .flatMap(place -> place.accepted().stream())
                .toList();
    }

    private InstanceStatus status() {
        return box.host.status().get(0);
    }

    private static String untagged(String text) {
        return text.replaceAll("tag [0-9a-f]{16}", "tag TAG");
    }

    private long generation() {
        return status().generation();
    }

    private static String nodelay(Cgroup cgroup) {
        return KernelBox.script(
                cgroup,
                "import socket,errno\ns=socket.socket()\ntry:\n s.getsockopt(socket.IPPROTO_TCP,socket.TCP_NODELAY)\n"
                        + " print('ok')\nexcept OSError as e:\n print(errno.errorcode[e.errno])\n");
    }

    /** Returns the output of an apply in a process to which the kernel shows no addresses. */
    private String withoutSyslog(Cgroup cgroup) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--bounding-set=-syslog",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Doomed.class.getName(),
                        box.pinBase.toString(),
                        cgroup.path().toString(),
                        "80",
                        "1000000")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }

    private static Insn call(Helper helper) {
        return new Insn.CallHelper(helper.id());
    }

    private static List<Insn> store(int offset) {
        return List.of(
                number(Reg.R2, 0),
                new Insn.Store(Width.W, Reg.R1, (short) offset, Operand.of(Reg.R2)),
                number(Reg.R0, 1),
                new Insn.Exit());
    }

    private static List<Insn> setRetval() {
        return List.of(number(Reg.R1, 0), call(Helper.SET_RETVAL), number(Reg.R0, 1), new Insn.Exit());
    }

    private static Insn number(Reg dst, int value) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(value));
    }

    private int attach(Cgroup cgroup, Hook hook, String name, List<Insn> code) {
        Bytes bytes = Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()));
        Fd program =
                box.host.bpf().progLoad(ProgSpec.plain(name, hook.programType().number(), hook.attachType(), bytes));
        open.add(program);
        try (Fd target = box.host.hierarchy().open(cgroup)) {
            open.add(box.host.bpf().linkCreate(program, target, hook.attachType()));
        }
        return box.host.bpf().progInfo(program).id();
    }
}
