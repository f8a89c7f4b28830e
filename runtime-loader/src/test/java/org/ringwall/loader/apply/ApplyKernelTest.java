// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.KernelTest;

@KernelTest
class ApplyKernelTest {
    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void deniesOnePortAndNoOther() {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        int open = box.listen();
        ApplyResult result = apply(denied, cgroup);
        assertThat(result.generation()).isEqualTo(1);
        assertThat(box.connect(cgroup, denied)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, open)).isEqualTo("ok");
    }

    @Test
    void upgradeSwapsTheDeniedPort() {
        Cgroup cgroup = box.cgroup("a");
        int first = box.listen();
        int second = box.listen();
        apply(first, cgroup);
        ApplyResult result = apply(second, cgroup);
        assertThat(result.generation()).isEqualTo(2);
        assertThat(result.notes()).isEmpty();
        assertThat(box.connect(cgroup, first)).isEqualTo("ok");
        assertThat(box.connect(cgroup, second)).isEqualTo("EPERM");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(box.pins()).noneMatch(pin -> pin.contains("/g1"));
    }

    @Test
    void parameterMovesTheDeniedPort() {
        Cgroup cgroup = box.cgroup("a");
        int first = box.listen();
        int second = box.listen();
        box.host
                .applier()
                .apply(new ApplyRequest(
                        TestObjects.policy("p", first),
                        "main",
                        List.of(cgroup),
                        Map.of("port", Integer.toString(second)),
                        false));
        assertThat(box.connect(cgroup, first)).isEqualTo("ok");
        assertThat(box.connect(cgroup, second)).isEqualTo("EPERM");
    }

    @Test
    void removeLeavesNoPinAndNoProgram() {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        apply(denied, cgroup);
        box.host.remover().remove(InstanceName.parse("p"));
        assertThat(box.connect(cgroup, denied)).isEqualTo("ok");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEmpty();
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds()).isEmpty();
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void pinsHaveTheNamesOfTheContract() {
        Cgroup cgroup = box.cgroup("a");
        apply(80, cgroup);
        String id = String.format("%016x", cgroup.id());
        assertThat(box.pins())
                .containsExactly(
                        "",
                        "v1",
                        "v1/p@main",
                        "v1/p@main/control",
                        "v1/p@main/g1",
                        "v1/p@main/g1/applied",
                        "v1/p@main/g1/connect4",
                        "v1/p@main/g1/connect4-" + id,
                        "v1/p@main/g1/connect6",
                        "v1/p@main/g1/connect6-" + id,
                        "v1/p@main/g1/rodata");
    }

    @Test
    void anUpgradeThatOmitsACgroupIsRefused() {
        Cgroup one = box.cgroup("a");
        Cgroup two = box.cgroup("b");
        apply(80, one, two);
        assertThatThrownBy(() -> apply(81, one))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(two.path().toString());
        assertThat(box.attached(one, Hook.CONNECT4).progIds()).hasSize(1);
        assertThat(apply(81).cgroups()).containsExactlyInAnyOrder(one, two);
    }

    @Test
    void verifierRefusalChangesNothingAndNamesTheProgram() {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        apply(denied, cgroup);
        List<Integer> before = box.attached(cgroup, Hook.CONNECT4).progIds();
        PolicyObject bad = PolicyObject.of(TestObjects.object(
                TestObjects.rodata("p", denied).section(),
                List.of(
                        TestObjects.denyPort("connect4_0123", "cgroup/connect4"),
                        TestObjects.refused("connect6_0123", "cgroup/connect6"))));
        assertThatThrownBy(() -> box.host
                        .applier()
                        .apply(new ApplyRequest(bad, "main", List.of(cgroup), Map.of("port", "80"), false)))
                .isInstanceOf(KernelRefusedException.class)
                .hasMessage("the kernel refused to load the program `connect6_0123` (EACCES): "
                        + "invalid bpf_context access off=1024 size=4");
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEqualTo(before);
        assertThat(box.pins()).noneMatch(pin -> pin.contains("/g2"));
        assertThat(box.connect(cgroup, denied)).isEqualTo("EPERM");
    }

    @Test
    void aRemovedCgroupIsReportedAsLost() {
        Cgroup one = box.cgroup("a");
        Cgroup two = box.cgroup("b");
        apply(80, one, two);
        box.host.hierarchy().remove(two);
        InstanceStatus status = box.host.status().get(0);
        assertThat(status.state()).isEqualTo(InstanceStatus.State.IN_FORCE);
        assertThat(status.places())
                .containsExactlyInAnyOrder(
                        new InstanceStatus.At(
                                one.id(), one.path().toString(), false, List.of("connect4", "connect6"), List.of()),
                        new InstanceStatus.At(two.id(), "id " + two.id(), true, List.of(), List.of()));
        assertThat(apply(81).notes()).anyMatch(note -> note.contains("was removed"));
    }

    @Test
    void aCgroupRemovedBeforeApplyIsNamedAndNothingIsLeft() {
        Cgroup one = box.cgroup("a");
        Cgroup two = box.cgroup("b");
        box.host.hierarchy().remove(two);
        assertThatThrownBy(() -> apply(80, one, two))
                .isInstanceOf(CgroupException.class)
                .hasMessage("there is no cgroup `" + two + "`");
        assertThatThrownBy(() -> box.host.hierarchy().open(two))
                .isInstanceOf(CgroupException.class)
                .hasMessage("the cgroup `" + two + "` has been removed");
        assertThat(box.attached(one, Hook.CONNECT4).progIds()).isEmpty();
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void instanceWhoseCgroupsAreAllGoneIsRemovedByTheNextCommand() {
        Cgroup cgroup = box.cgroup("a");
        apply(80, cgroup);
        box.host.hierarchy().remove(cgroup);
        box.awaitRelease("p@main");
        assertThat(box.host.remover().recover()).containsExactly("`p@main` was not in force anywhere: removed");
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void pinsInAFolderThatOthersCanWriteAreNotTrusted() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        Files.createDirectory(box.pinBase);
        try {
            Files.setPosixFilePermissions(box.pinBase, PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThatThrownBy(() -> apply(80, cgroup))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("is not a folder that only you can write");
            Files.setPosixFilePermissions(box.pinBase, PosixFilePermissions.fromString("rwx------"));
            Files.setAttribute(box.pinBase, "unix:uid", 1000);
            assertThatThrownBy(() -> box.host.status())
                    .isInstanceOfSatisfying(
                            HostException.class,
                            refusal -> assertThat(refusal.help())
                                    .isEqualTo("rm -r " + box.pinBase
                                            + ", and deny access to other users: chmod 0700 /sys/fs/bpf"))
                    .hasMessage("`" + box.pinBase
                            + "` was created by the user with uid 1000, who could replace its content");
            assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEmpty();
        } finally {
            Files.setAttribute(box.pinBase, "unix:uid", 0);
            Files.setPosixFilePermissions(box.pinBase, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void aFolderThatOthersCanReplaceIsNotTrusted() throws IOException {
        Cgroup cgroup = box.cgroup("a");
        Object before = Files.getAttribute(BpffsPins.MOUNT, "unix:mode");
        apply(80, cgroup);
        try {
            Files.setAttribute(BpffsPins.MOUNT, "unix:mode", 0777);
            assertThatThrownBy(() -> box.host.status())
                    .isInstanceOf(HostException.class)
                    .hasMessage("any user can replace what is in `/sys/fs/bpf`");
        } finally {
            Files.setAttribute(BpffsPins.MOUNT, "unix:mode", before);
        }
        assertThat(box.host.status()).hasSize(1);
    }

    @Test
    void statusIsConsistentDuringReplacementAndRemoval() {
        Cgroup cgroup = box.cgroup("a");
        List<String> both = List.of("connect4", "connect6");
        CompletableFuture<Void> changing = CompletableFuture.runAsync(() -> {
            for (int round = 0; round < 40; round++) {
                apply(80, cgroup);
                apply(81, cgroup);
                box.host.remover().remove(InstanceName.parse("p"));
            }
        });
        while (!changing.isDone()) {
            for (InstanceStatus status : box.host.status()) {
                if (status.state() != InstanceStatus.State.NOWHERE) {
                    assertThat(status.places())
                            .containsExactly(new InstanceStatus.At(
                                    cgroup.id(), cgroup.path().toString(), false, both, List.of()));
                }
            }
        }
        changing.join();
    }

    @Test
    void pinsAreAccessibleToTheirOwnerOnly() throws IOException {
        apply(80, box.cgroup("a"));
        for (String pin : box.pins()) {
            Path path = box.pinBase.resolve(pin);
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
            assertThat(mode).as(pin).isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
        }
    }

    @Test
    void cgroupsThatJoinedByThemselvesMeanwhileAreCovered() {
        Cgroup declared = box.cgroup("declared");
        Cgroup byHand = box.cgroup("by-hand");
        Cgroup container = box.cgroup("container");
        int denied = box.listen();
        apply(box.listen(), declared);
        InstanceName name = InstanceName.parse("p");
        box.host.members().join(name, List.of(byHand), false);
        box.host.members().joinByItself(name, container);
        assertThat(box.host.members().joinedByThemselves(name)).containsExactly(container);
        ApplyResult result = box.host
                .applier()
                .apply(new ApplyRequest(
                        TestObjects.policy("p", denied),
                        "main",
                        List.of(declared),
                        Map.of("port", Integer.toString(denied)),
                        Set.of(ApplyChoice.ONLY, ApplyChoice.KEEP_JOINED),
                        Set.of(),
                        Optional.empty()));
        assertThat(result.notes()).containsExactly("the policy is no longer in force at `" + byHand + "`");
        assertThat(box.connect(byHand, denied)).isEqualTo("ok");
        assertThat(box.connect(container, denied)).isEqualTo("EPERM");
        // A removed cgroup, and one that left, are forgotten.
        box.host.members().joinByItself(name, byHand);
        box.host.members().leave(name, List.of(container));
        box.host.hierarchy().remove(byHand);
        assertThat(box.host.members().joinedByThemselves(name)).isEmpty();
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
}
