// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyResult;
import org.ringwall.loader.host.InstanceStatus;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.trust.Trust;
import org.ringwall.loader.trust.TrustFiles;

/**
 * The loader of this host, which puts policies in force. It needs the privileges of the command
 * {@code ringwall}, makes the same checks, and shares its instances (docs/host.md). Other processes
 * may use the same instances at the same time. A loader itself is used by one thread at a time.
 */
public final class Loader implements AutoCloseable {
    private final LoaderHost host;
    private final TrustFiles trust;

    Loader(LoaderHost host, TrustFiles trust) {
        this.host = host;
        this.trust = trust;
    }

    /**
     * Opens the loader of this host, with pins below {@code /sys/fs/bpf/ringwall}.
     *
     * @throws LoaderException if the native library cannot be loaded
     */
    public static Loader open() {
        return translating(() ->
                new Loader(LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall")), TrustFiles.ofThisHost()));
    }

    /**
     * Reads the policies of an object or a bundle. Of each policy of a bundle it chooses the object
     * for this kernel. If the host trusts keys, the signatures are verified before anything else in
     * the file is used.
     *
     * @return the policies in the order of the bundle
     * @throws LoaderException if the file cannot be read, is refused, or has no object for this
     *     kernel
     */
    public List<PolicyObject> read(Path file) {
        return translating(() -> {
            List<PolicyObject> objects = new ArrayList<>();
            // Versions are compared when a policy is applied.
            for (ObjectChoice choice : PolicyFile.read(file.toString(), Trust.of(trust, true))) {
                objects.add(PolicyObject.of(host.chooser().choose(choice)));
            }
            return objects;
        });
    }

    /**
     * Puts a policy, or a new version of it, in force at all hooks and cgroups at one instant.
     * Counters, live sets and rates keep their content. Hooks of a plain object switch one after
     * the other, without a gap.
     *
     * <p>A host that trusts keys admits the same policies as for the command: those of bundles that
     * a valid key has signed for them, read by {@link #read}, in no lower version than before
     * unless {@link ApplyOptions.Choice#ALLOW_DOWNGRADE} is chosen.
     *
     * @throws LoaderException if an option is wrong, or the kernel or the host refuses. What was in
     *     force before is still in force, and nothing else
     */
    public Applied apply(PolicyObject object, ApplyOptions options) {
        return translating(() -> {
            Trust admission = Trust.of(trust, options.choices().contains(ApplyOptions.Choice.ALLOW_DOWNGRADE));
            admission.checkObject(object.object());
            ApplyResult result = host.applier().apply(request(object, options).admittedBy(admission));
            return applied(result);
        });
    }

    /** Returns a result, or throws what prevents it as a {@link LoaderException}. */
    static <T> T translating(Supplier<T> work) {
        try {
            return work.get();
        } catch (LoaderException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new LoaderException(Failure.of(e).orElseThrow(() -> e), e);
        }
    }

    private ApplyRequest request(PolicyObject object, ApplyOptions options) {
        return new ApplyRequest(
                object.object(),
                options.instance(),
                options.cgroups().stream().map(host.cgroups()::at).toList(),
                options.params(),
                options.choices().stream()
                        .filter(choice -> choice != ApplyOptions.Choice.ALLOW_DOWNGRADE)
                        .map(choice -> ApplyRequest.Choice.valueOf(choice.name()))
                        .collect(Collectors.toSet()),
                options.forget(),
                Optional.empty());
    }

    /**
     * Returns the state of every instance on this host, in the order of their names.
     *
     * @throws LoaderException if the kernel or the host refuses
     */
    public List<PolicyStatus> status() {
        return translating(
                () -> host.status().all().stream().map(Loader::status).toList());
    }

    /**
     * Takes an instance out of force everywhere at one instant, and removes its state.
     *
     * @param policy the name of the policy
     * @param instance the name of the instance; {@code main} if none was given to {@code apply}
     * @throws LoaderException if there is no such instance, or the kernel or the host refuses
     */
    public void remove(String policy, String instance) {
        translating(() -> {
            host.remover().remove(new InstanceName(policy, instance));
            return instance;
        });
    }

    /** Releases what the loader holds. Policies stay in force. */
    @Override
    public void close() {
        host.close();
    }

    private static Applied applied(ApplyResult result) {
        return new Applied(
                result.name().policy(),
                result.name().instance(),
                Integer.toUnsignedLong(result.generation()),
                result.cgroups().stream().map(Cgroup::toString).toList(),
                result.hooks().stream().map(Hook::word).toList(),
                result.notes());
    }

    private static PolicyStatus status(InstanceStatus instance) {
        Map<String, BigInteger> params = new TreeMap<>();
        instance.params().forEach(each -> params.put(each.param().name(), PolicyObject.unsigned(each.value())));
        return new PolicyStatus(
                instance.name().policy(),
                instance.name().instance(),
                Integer.toUnsignedLong(instance.generation()),
                switch (instance.state()) {
                    case IN_FORCE -> PolicyStatus.State.IN_FORCE;
                    case BETWEEN -> PolicyStatus.State.BETWEEN;
                    case NOWHERE -> PolicyStatus.State.NOWHERE;
                    case UNREADABLE -> PolicyStatus.State.UNREADABLE;
                },
                instance.enforced(),
                instance.places().stream().map(Loader::place).toList(),
                instance.monitored().map(mode -> new PolicyStatus.Monitored(mode.seconds(), mode.reason())),
                params,
                instance.digest(),
                instance.origin()
                        .flatMap(Provenance::bundle)
                        .map(bundle -> new PolicyStatus.Bundle(
                                bundle.name(), bundle.version(), bundle.digest(), bundle.key())),
                instance.trouble());
    }

    private static PolicyStatus.Place place(InstanceStatus.At place) {
        return new PolicyStatus.Place(
                place.cgroup(),
                place.lost(),
                place.hooks(),
                place.missing(),
                place.overriding(),
                place.accepted(),
                place.unknown());
    }
}
