// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.loader.fixtures.SignedBundles;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.loader.trust.TrustedKey;
import org.ringwall.testkit.ApiProgram;
import org.ringwall.testkit.KernelTest;

/** A test of the interface on the running kernel. */
@KernelTest
final class LoaderKernelTest {
    @TempDir
    private Path folder = Path.of("");

    private final String tag = "rwapi-" + ProcessHandle.current().pid();

    private Path object() throws IOException {
        Path file = folder.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort("web", 9)));
        return file;
    }

    private void clean(LoaderHost host, Cgroup cgroup) throws IOException {
        for (String name : host.pins().list(host.pins().root())) {
            host.remover().remove(InstanceName.parse(name));
        }
        host.pins().removeFolder(host.pins().root());
        host.pins().removeFolder(BpffsPins.MOUNT.resolve(tag));
        Files.delete(cgroup.path());
        host.close();
    }

    @Test
    void appliesShowsAndRemoves() throws IOException {
        LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(tag));
        Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), tag);
        try {
            Loader loader = new Loader(host.trusting(TrustFiles.below(folder)));
            assertThat(loader.cgroups().at(cgroup.path())).isEqualTo(cgroup);
            PolicyObject object = PolicyObject.read(object());
            ApplyOptions options = ApplyOptions.DEFAULT.withCgroup(cgroup.path());
            assertThat(loader.apply(object, options.with(ApplyChoice.DRY_RUN)).generation())
                    .isZero();
            assertThat(loader.status()).isEmpty();
            ApplyResult applied = loader.apply(object, options);
            assertThat(applied.generation()).isEqualTo(1);
            assertThat(applied.cgroups()).containsExactly(cgroup);
            assertThat(applied.hooks()).containsExactly("connect4", "connect6");
            ApplyOptions again = ApplyOptions.DEFAULT.with(ApplyChoice.RESET_PARAMS);
            assertThat(loader.apply(object, again).generation()).isEqualTo(2);
            InstanceStatus status = loader.status().get(0);
            assertThat(status.name()).hasToString("web@main");
            assertThat(status.state()).isEqualTo(InstanceStatus.State.IN_FORCE);
            assertThat(status.enforced()).isTrue();
            assertThat(status.digest().orElseThrow()).matches("[0-9a-f]{64}");
            assertThat(status.places().get(0).hooks()).containsExactly("connect4", "connect6");
            loader.remove("web", "main");
            assertThat(loader.status()).isEmpty();
        } finally {
            clean(host, cgroup);
        }
    }

    @Test
    void readsAndChangesTheStateOfAnInstance() throws IOException {
        LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(tag));
        Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), tag);
        try {
            Loader loader = new Loader(host.trusting(TrustFiles.below(folder)));
            Path file = Files.write(folder.resolve("web.o"), StateObjects.web().file());
            loader.apply(PolicyObject.read(file), ApplyOptions.DEFAULT.withCgroup(cgroup.path()));
            InstanceName name = InstanceName.parse("web@main");
            try (InstanceState state = loader.change(name)) {
                assertThat(state.<InstanceState.LiveSet.Change>live("blocked", set -> set.add(List.of("127.0.0.1"), 7)))
                        .isEqualTo(new InstanceState.LiveSet.Change(1, List.of(), OptionalInt.of(1)));
                state.monitor(new Monitoring(loader.bootTime() + 60_000_000_000L, "a test"));
                assertThat(state.enforce(OptionalLong.of(loader.bootTime()))).isTrue();
                assertThatThrownBy(() -> state.live("absent", InstanceState.LiveSet::list))
                        .isInstanceOf(InputException.class)
                        .hasMessage("`web@main` has no live set `absent`");
            }
            try (InstanceState state = loader.state(name)) {
                assertThat(state.generation()).isEqualTo(1);
                assertThat(state.programs()).containsOnlyKeys("connect4");
                assertThat(state.<String>live("blocked", InstanceState.LiveSet::type))
                        .isEqualTo("net");
                assertThat(state.<List<InstanceState.LiveSet.Held>>live("blocked", InstanceState.LiveSet::list))
                        .containsExactly(new InstanceState.LiveSet.Held("127.0.0.1", OptionalLong.of(7)));
                Counter counter = state.counters().get(0);
                assertThat(counter).isEqualTo(PolicyObject.read(file).counters().get(0));
                assertThat(state.counts(counter.name())).hasValue(List.of());
                assertThat(state.keys(counter.name(), 10)).isZero();
                state.counterMaps().orElseThrow().keySet().forEach(map -> {
                    assertThat(map.counter()).isEqualTo(counter);
                    assertThat(map.first()).isEqualTo(map.id());
                    map.close();
                });
                assertThat(state.tokens("absent", 0)).isEmpty();
                assertThat(state.ring().orElseThrow().written()).isZero();
                assertThat(state.losses()).containsKeys("events", "counter_tries");
            }
            try (Events events = loader.events(name)) {
                assertThat(events.next()).isEmpty();
                assertThat(events.batch(events.end(), any -> {})).isZero();
                assertThat(events.newlyLost()).isZero();
                assertThat(events.refresh()).isTrue();
                assertThatThrownBy(() -> loader.events(name))
                        .isInstanceOf(HostException.class)
                        .hasMessageStartingWith("the records of `web@main` are being read by process ");
            }
            loader.remove("web", "main");
            assertThatThrownBy(() -> loader.state(name)).isInstanceOf(LoaderException.class);
        } finally {
            clean(host, cgroup);
        }
    }

    @Test
    void refusesAsTheCommandDoes() throws IOException {
        Path file = object();
        try (Loader loader = new Loader(
                LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(tag)).trusting(TrustFiles.below(folder)))) {
            PolicyObject object = PolicyObject.read(file);
            assertThatThrownBy(() -> loader.apply(object, ApplyOptions.DEFAULT.withParam("gate", "1")))
                    .isInstanceOfSatisfying(LoaderException.class, e -> {
                        assertThat(e.kind()).isEqualTo(Failure.Kind.INPUT);
                        assertThat(e).hasMessage("policy `web` has no param `gate`");
                    });
            assertThatThrownBy(() -> loader.apply(object, ApplyOptions.DEFAULT.withCgroup(folder)))
                    .isInstanceOfSatisfying(
                            LoaderException.class, e -> assertThat(e.help()).isNotEmpty());
            assertThatThrownBy(() -> loader.remove("nothing", "main")).isInstanceOf(LoaderException.class);
        }
    }

    @Test
    void runsTheExampleOfTheDocumentation() throws IOException {
        LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(tag));
        Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), tag);
        try {
            String output = ApiProgram.run(
                            folder,
                            "org.ringwall.loader",
                            "ApplyPolicy",
                            List.of(),
                            object().toString(),
                            cgroup.path().toString())
                    .succeeded();
            assertThat(output).contains("web: in force at [connect4, connect6]\nweb@example: enforced true\n");
        } finally {
            Files.delete(cgroup.path());
        }
    }

    private static void refused(Runnable work, String message) {
        assertThatThrownBy(work::run).isInstanceOfSatisfying(LoaderException.class, e -> {
            assertThat(e).hasMessageContaining(message);
            assertThat(e.kind()).isEqualTo(Failure.Kind.REFUSED);
        });
    }

    @Test
    void admitsWhatTheCommandAdmits() throws Exception {
        TrustFiles files = TrustFiles.below(folder);
        SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
        Path unsigned = Files.write(folder.resolve("unsigned.wallpack"), SignedBundles.unsigned("9"));
        Path old = SignedBundles.write(folder, "7", key);
        Path fresh = SignedBundles.write(folder, "8", key);
        LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(tag));
        Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), tag);
        try {
            Loader loader = new Loader(host.trusting(files));
            ApplyOptions options =
                    ApplyOptions.DEFAULT.withCgroup(cgroup.path()).with(ApplyChoice.RESET_PARAMS);
            PolicyObject before = loader.read(unsigned).get(0);
            PolicyObject untrusted = loader.read(fresh).get(0);
            files.add(new TrustedKey(key.publicKey(), List.of("web"), Optional.empty(), Optional.empty()));
            refused(() -> loader.read(unsigned), "it is not signed, and this host trusts keys");
            refused(() -> loader.apply(before, options), "its bundle is not signed, and this host trusts keys");
            PolicyObject plain = PolicyObject.read(object());
            refused(() -> loader.apply(plain, options), "it is not from a signed bundle");
            assertThat(loader.status()).isEmpty();
            // It was read when the host trusted no key, and is verified before it is applied.
            assertThat(loader.apply(untrusted, options).generation()).isEqualTo(1);
            PolicyObject lower = loader.read(old).get(0);
            refused(() -> loader.apply(lower, options), "its version 7 of policy `web` is lower than 8");
            ApplyOptions downgrade = options.with(ApplyChoice.ALLOW_DOWNGRADE);
            assertThat(loader.apply(lower, downgrade.with(ApplyChoice.DRY_RUN)).generation())
                    .isZero();
            refused(() -> loader.apply(lower, options), "is lower than 8");
            assertThat(loader.apply(lower, downgrade).generation()).isEqualTo(2);
            BundleOrigin bundle = loader.status().get(0).bundle().orElseThrow();
            assertThat(bundle.version()).isEqualTo("7");
            assertThat(bundle.key()).hasValue(key.publicKey().id());
            files.revoke(key.publicKey().id());
            refused(() -> loader.apply(lower, options), "was revoked on");
        } finally {
            clean(host, cgroup);
        }
    }
}
