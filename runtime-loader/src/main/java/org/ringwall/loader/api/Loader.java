// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.bpf.Token;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.loader.trust.Trust;

/**
 * The loader of this host, which puts policies in force. It needs the privileges of the command
 * {@code ringwall}, makes the same checks, and shares its instances (docs/host.md). Other processes
 * may use the same instances at the same time. A loader itself is used by one thread at a time.
 */
public final class Loader implements AutoCloseable {
    /** The mount point of the bpffs with the pins of all instances. */
    public static final Path BPFFS = BpffsPins.MOUNT;

    /**
     * The commands of bpf(2) for which the loader of an ordinary user needs a token, as the mask of
     * the mount option {@code delegate_cmds} of a bpffs.
     */
    public static final long TOKEN_COMMANDS = Token.COMMANDS;

    private final LoaderHost host;

    Loader(LoaderHost host) {
        this.host = host;
    }

    /**
     * Opens the loader of this host, with pins below {@code /sys/fs/bpf/ringwall}.
     *
     * @throws LoaderException if the native library cannot be loaded
     */
    public static Loader open() {
        return translating(() -> new Loader(LoaderHost.ofThisMachine(BPFFS.resolve("ringwall"))));
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
            // Versions are compared when a policy is applied.
            return host.read(file.toString(), Trust.of(host.trust(), true)).stream()
                    .map(PolicyObject::of)
                    .toList();
        });
    }

    /**
     * Puts a policy, or a new version of it, in force at all hooks and cgroups at one instant.
     * Counters, live sets and rates keep their content. Hooks of a plain object switch one after
     * the other, without a gap.
     *
     * <p>A host that trusts keys admits the same policies as for the command: those of bundles that
     * a valid key has signed for them, read by {@link #read}, in no lower version than before
     * unless {@link ApplyChoice#ALLOW_DOWNGRADE} is chosen.
     *
     * @throws LoaderException if an option is wrong, or the kernel or the host refuses. What was in
     *     force before is still in force, and nothing else
     */
    public ApplyResult apply(PolicyObject object, ApplyOptions options) {
        return translating(() -> {
            Trust admission = Trust.of(host.trust(), options.choices().contains(ApplyChoice.ALLOW_DOWNGRADE));
            admission.checkObject(object.object());
            return host.applier().apply(request(object, options).admittedBy(admission));
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
                options.choices(),
                options.forget(),
                Optional.empty());
    }

    /** Returns the cgroup hierarchy of this host. */
    public Cgroups cgroups() {
        return host.cgroups();
    }

    /**
     * Returns the state of every instance on this host, in the order of their names.
     *
     * @throws LoaderException if the kernel or the host refuses
     */
    public List<InstanceStatus> status() {
        return translating(() -> host.status());
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

    /**
     * Opens an instance to read its live sets, tables, counters and rates, while others may change
     * them.
     *
     * @throws LoaderException if there is no such instance, it is not in force, or the kernel or
     *     the host refuses
     */
    public InstanceState state(InstanceName name) {
        return translating(() -> host.state(name));
    }

    /**
     * Opens an instance to change its live sets, tables and monitor mode. It is locked until the
     * result is closed.
     *
     * @throws LoaderException if there is no such instance, it is not in force, or the kernel or
     *     the host refuses
     */
    public InstanceState change(InstanceName name) {
        return translating(() -> host.change(name));
    }

    /**
     * Becomes the only reader of the records that the rules of an instance log, until the result is
     * closed.
     *
     * @throws LoaderException if there is no such instance, none of its rules logs, another process
     *     reads its records, or the kernel or the host refuses
     */
    public Events events(InstanceName name) {
        return translating(() -> host.events(name));
    }

    /**
     * Returns the time as programs read it, CLOCK_BOOTTIME in ns outside of time namespaces.
     *
     * @throws LoaderException if it cannot be determined
     */
    public long bootTime() {
        return translating(host::bootTime);
    }

    /** Releases what the loader holds. Policies stay in force. */
    @Override
    public void close() {
        host.close();
    }
}
