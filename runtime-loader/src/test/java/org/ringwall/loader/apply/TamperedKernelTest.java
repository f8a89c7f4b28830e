// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.fixtures.Doomed;
import org.ringwall.loader.fixtures.Hammer;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.fixtures.WebInstance;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;

/**
 * Links detached or pins removed by hand: the status reports what is in force, and the next version
 * is in force everywhere.
 */
@KernelTest
class TamperedKernelTest {
    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void aDetachedLinkIsReportedAndReattachedByTheNextVersion() throws IOException {
        Cgroup one = box.cgroup("a");
        Cgroup two = box.cgroup("b");
        int denied = box.listen();
        apply(denied, one, two);
        detach(one, Hook.CONNECT4);
        assertThat(box.connect(one, denied)).isEqualTo("ok");
        assertThat(place(one)).isEqualTo(at(one, List.of("connect6"), List.of("connect4")));
        assertThat(place(two)).isEqualTo(at(two, List.of("connect4", "connect6"), List.of()));

        ApplyResult result = apply(denied);
        assertThat(result.cgroups()).containsExactlyInAnyOrder(one, two);
        assertThat(result.notes()).isEmpty();
        assertThat(box.connect(one, denied)).isEqualTo("EPERM");
        assertThat(place(one)).isEqualTo(at(one, List.of("connect4", "connect6"), List.of()));
    }

    @Test
    void aCgroupWithoutLinksIsNotReportedAsRemoved() throws IOException {
        Cgroup one = box.cgroup("a");
        Cgroup two = box.cgroup("b");
        int denied = box.listen();
        apply(denied, one, two);
        detach(one, Hook.CONNECT4);
        detach(one, Hook.CONNECT6);
        assertThat(place(one)).isEqualTo(at(one, List.of(), List.of("connect4", "connect6")));
        assertThat(apply(denied).notes()).isEmpty();
        assertThat(box.connect(one, denied)).isEqualTo("EPERM");
    }

    @Test
    void aDetachedLinkBelowAnotherCgroupOfThePolicyIsReported() throws IOException {
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        apply(box.listen(), parent, child);
        detach(child, Hook.CONNECT4);
        assertThat(place(child)).isEqualTo(at(child, List.of("connect6"), List.of("connect4")));
        assertThat(place(parent)).isEqualTo(at(parent, List.of("connect4", "connect6"), List.of()));
    }

    @Test
    void aRemovedLinkPinIsReported() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        apply(box.listen(), cgroup);
        Files.delete(link(cgroup, Hook.CONNECT6));
        assertThat(place(cgroup)).isEqualTo(at(cgroup, List.of("connect4"), List.of("connect6")));
    }

    @Test
    void aPolicyWithoutAControlPinIsReplacedWithoutAGap() throws IOException, InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        apply(denied, cgroup);
        Path control = box.pinBase.resolve("v1/p@main/control");
        Files.delete(control);
        assertThat(box.host.status().get(0).state()).isEqualTo(InstanceStatus.State.IN_FORCE);
        try (Hammer hammer = new Hammer(cgroup, denied)) {
            assertThat(apply(denied).generation()).isEqualTo(2);
            assertThat(hammer.stop().allowed()).isZero();
        }
        assertThat(control).exists();
        Files.delete(control);
        box.host.remover().recover();
        assertThat(control).exists();
        assertThat(box.connect(cgroup, denied)).isEqualTo("EPERM");
        Files.delete(control);
        box.host.remover().remove(InstanceName.parse("p"));
        assertThat(box.pins()).isEmpty();
        assertThat(box.connect(cgroup, denied)).isEqualTo("ok");
    }

    @Test
    void stateOutlivesThePinsOfPrograms() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        WebInstance web = new WebInstance(box);
        StateObjects policy = StateObjects.of("web").live(StateObjects.LIVE, LiveType.NET, 8, "127.0.0.0/8");
        web.apply(policy, cgroup);
        web.add("127.0.0.1");
        Files.delete(box.pinBase.resolve("v1/web@main/g1/connect4"));
        web.apply(policy, cgroup);
        assertThat(web.entries()).containsExactly("127.0.0.1");
        assertThat(box.connect(cgroup, box.listen())).isEqualTo("EPERM");
    }

    @Test
    void anUnrecoverableInstanceDoesNotBlockOthers() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        Cgroup gone = box.cgroup("b");
        apply(box.listen(), cgroup);
        box.host.applier().apply(new ApplyRequest(TestObjects.policy("q", 9), "main", List.of(gone), Map.of(), false));
        Path control = box.pinBase.resolve("v1/p@main/control");
        Files.delete(control);
        try (Fd map = box.host.bpf().mapCreate(MapSpec.array("theirs", 4, 1, 0))) {
            box.host.bpf().objPin(map, control);
        }
        List<InstanceStatus> found = box.host.status();
        assertThat(found)
                .extracting(InstanceStatus::state)
                .containsExactly(InstanceStatus.State.UNREADABLE, InstanceStatus.State.IN_FORCE);
        assertThat(found.get(0).trouble()).hasValue("the object pinned as the control map is not a control map");
        box.host.hierarchy().remove(gone);
        box.awaitRelease("q@main");
        assertThatThrownBy(() -> box.host.remover().recover())
                .isInstanceOf(HostException.class)
                .hasMessage("the object pinned as the control map is not a control map");
        assertThat(box.pinBase.resolve("v1/q@main")).doesNotExist();
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        box.host.remover().remove(InstanceName.parse("p"));
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEmpty();
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void removalThatMayNotRemovePinsChangesNothing() {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        apply(denied, cgroup);
        String refused = box.run(
                cgroup,
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -o remount,ro,bind " + BpffsPins.MOUNT + " && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Doomed.class.getName(),
                box.pinBase.toString(),
                cgroup.path().toString(),
                Doomed.REMOVE,
                "1000000");
        assertThat(refused)
                .contains("HostException: cannot change `" + box.pinBase + "/v1/p@main`: Read-only file system");
        assertThat(place(cgroup)).isEqualTo(at(cgroup, List.of("connect4", "connect6"), List.of()));
        assertThat(box.connect(cgroup, denied)).isEqualTo("EPERM");
    }

    @Test
    void listingPinsFailsWithoutABpffsMount() {
        BpffsPins elsewhere = new BpffsPins(Path.of("/proc/ringwall"), box.host.host());
        assertThatThrownBy(() -> elsewhere.list(elsewhere.root()))
                .isInstanceOf(HostException.class)
                .hasMessage("`/proc` is not a bpffs");
        assertThatThrownBy(() -> elsewhere.exists(elsewhere.root())).hasMessage("`/proc` is not a bpffs");
        BpffsPins missing = new BpffsPins(Path.of("/proc/none/ringwall"), box.host.host());
        assertThatThrownBy(() -> missing.list(missing.root()))
                .hasMessage("there is no directory `/proc/none` for a bpffs");
    }

    private ApplyResult apply(int port, Cgroup... cgroups) {
        return box.host
                .applier()
                .apply(new ApplyRequest(
                        TestObjects.policy("p", port),
                        "main",
                        List.of(cgroups),
                        Map.of("port", Integer.toString(port)),
                        false));
    }

    private Path link(Cgroup cgroup, Hook hook) {
        return box.pinBase.resolve("v1/p@main/g1").resolve(new Place(hook, cgroup.id()).pin());
    }

    private void detach(Cgroup cgroup, Hook hook) {
        try (Fd link = box.host.bpf().objGet(link(cgroup, hook))) {
            box.host.bpf().linkDetach(link);
        }
    }

    private static InstanceStatus.At at(Cgroup cgroup, List<String> hooks, List<String> missing) {
        return new InstanceStatus.At(cgroup.id(), cgroup.path().toString(), false, hooks, missing);
    }

    private InstanceStatus.At place(Cgroup cgroup) {
        return box.host.status().get(0).places().stream()
                .filter(at -> at.cgroup().equals(cgroup.path().toString()))
                .findFirst()
                .orElseThrow();
    }
}
