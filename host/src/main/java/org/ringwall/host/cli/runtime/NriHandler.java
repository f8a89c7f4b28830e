// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.nri.Handler;
import org.ringwall.host.nri.PodContainer;
import org.ringwall.host.place.CgroupLabel;
import org.ringwall.host.place.CgroupsPath;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;

/**
 * A plugin's handler that puts policies in force on containers which name them by the annotation of
 * {@link ContainerPolicies}. A container whose policies cannot be enforced is refused. Each change
 * and each refusal is a line of output.
 */
final class NriHandler implements Handler {
    private final Session session;
    private final Path socket;

    NriHandler(Session session, Path socket) {
        this.session = session;
        this.socket = socket;
    }

    @Override
    public void connected(String runtime) {
        say("connected to " + Printable.line(runtime));
    }

    @Override
    public void disconnected(String reason) {
        warn(
                "not connected: "
                        + (Files.exists(socket) ? Printable.line(reason) : "there is no socket `" + socket + "`")
                        + "; containers start without their policies",
                Files.exists(socket)
                        ? "once connected, those that run get them; see docs/nri.md"
                        : "start the runtime, with NRI enabled in its configuration (docs/nri.md),"
                                + " or name its socket: --socket PATH");
    }

    @Override
    public boolean concerns(PodContainer container) {
        return container.annotations().keySet().stream().anyMatch(name -> name.startsWith(ContainerPolicies.PREFIX));
    }

    @Override
    public Optional<String> creating(PodContainer container) {
        return refusal(
                container, (host, changes) -> ContainerPolicies.check(host, changes, names(container), container.id()));
    }

    @Override
    public Optional<String> starting(PodContainer container) {
        return refusal(container, (host, changes) -> join(host, changes, container, starting(host, container)));
    }

    /** An action for one container. */
    private interface Action {
        void on(LoaderHost host, Changes changes);
    }

    /** Returns why an action failed; empty if it did not. */
    private Optional<String> refusal(PodContainer container, Action action) {
        Session own = session.forOneChange();
        ContainerPolicies.begin(own.changes(), container.id());
        try (LoaderHost host = own.host()) {
            action.on(host, own.changes());
            return Optional.empty();
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            own.changes().refused(failure.message());
            warn("the container " + shown(container) + " is refused: " + failure.message(), failure.help());
            return Optional.of(failure.message() + "; " + failure.help());
        }
    }

    /** Returns the policies that a container's pod names, and those that it names itself. */
    private static List<InstanceName> names(PodContainer container) {
        ContainerPolicies.check(container.annotations().keySet());
        return container.annotations().getOrDefault(ContainerPolicies.ANNOTATION, List.of()).stream()
                .flatMap(value -> names(value).stream())
                .distinct()
                .toList();
    }

    private static List<InstanceName> names(String annotation) {
        if (annotation.isBlank()) {
            throw new InputException(
                    "the annotation " + ContainerPolicies.ANNOTATION + " names no policy",
                    "write the names of policies in force, with commas between them");
        }
        return ContainerPolicies.parse(annotation);
    }

    private void join(LoaderHost host, Changes changes, PodContainer container, Cgroup cgroup) {
        List<InstanceName> names = names(container);
        List<InstanceName> joined =
                ContainerPolicies.join(host, changes, session.started(), names, cgroup, container.id());
        if (!joined.isEmpty()) {
            say(joined.stream().map(InstanceName::toString).collect(Collectors.joining(", ")) + ": in force on "
                    + shown(container) + " at `" + cgroup + "`");
        }
    }

    /** Returns the cgroup of a container that starts, whose first process is alone in it. */
    private static Cgroup starting(LoaderHost host, PodContainer container) {
        Cgroup cgroup = running(host, container);
        if (container.pid() > 0) {
            FirstProcess.check(host.cgroups(), cgroup, container.pid());
        }
        return cgroup;
    }

    /**
     * Returns the cgroup that the configuration of a container names. The id of its process is that
     * in the runtime's pid namespace, so it names the cgroup only where no path does, and then the
     * cgroup must have the container's id in its name.
     */
    private static Cgroup running(LoaderHost host, PodContainer container) {
        return configured(host, container).orElseGet(() -> {
            if (container.pid() > 0 && Files.exists(Path.of("/proc/" + container.pid()))) {
                return named(host, host.cgroups().ofPid(container.pid()), container);
            }
            throw new CgroupException(
                    "the cgroup `" + container.cgroupsPath() + "` of the container is not visible to this process",
                    "run the plugin where the runtime's whole cgroup2 hierarchy is mounted, such as by a mount of the"
                            + " host's /sys/fs/cgroup");
        });
    }

    private static Optional<Cgroup> configured(LoaderHost host, PodContainer container) {
        return CgroupsPath.relative(container.cgroupsPath())
                .flatMap(relative -> host.cgroups().fromRoot(relative));
    }

    /** Returns the highest cgroup at or above one that has the id of a container in its name. */
    private static Cgroup named(LoaderHost host, Cgroup lowest, PodContainer container) {
        Optional<Cgroup> found = Optional.empty();
        for (Cgroup cgroup : host.cgroups().upwards(lowest)) {
            Path name = cgroup.path().getFileName();
            if (name != null && CgroupLabel.of(name).container().equals(Optional.of(container.id()))) {
                found = Optional.of(cgroup);
            }
        }
        return found.orElseThrow(() -> new CgroupException(
                "no cgroup of the container has its id in its name: `" + lowest + "`",
                "put the policy in force there: ringwall join NAME --cgroup PATH"));
    }

    @Override
    public void ended(PodContainer container) {
        try (LoaderHost host = session.forOneChange().host()) {
            for (InstanceName name : names(container)) {
                forget(host, name, container.id());
            }
        } catch (InputException e) {
            // The annotation is malformed, so nothing was put in force.
            return;
        } catch (RuntimeException e) {
            failed("cannot forget the container " + shown(container), e);
        }
    }

    /** Forgets the cgroup of a container, or all removed ones if the container is not known. */
    private void forget(LoaderHost host, InstanceName name, String container) {
        try {
            ContainerPolicies.forget(host, session.started(), name, container);
        } catch (InputException e) {
            // It is no longer in force anywhere.
            return;
        } catch (RuntimeException e) {
            failed("cannot forget removed cgroups of `" + name + "`", e);
        }
    }

    @Override
    public void synchronize(List<PodContainer> containers) {
        try (LoaderHost host = session.forOneChange().host()) {
            lost(host).forEach(name -> forget(host, name, ""));
            containers.stream().filter(this::concerns).forEach(container -> synchronize(host, container));
        } catch (RuntimeException e) {
            failed("cannot compare with the containers that run", e);
        }
    }

    /**
     * Returns the instances in force of which removed cgroups are still known. Those that would be
     * in force nowhere are left, since their state would end.
     */
    private static Set<InstanceName> lost(LoaderHost host) {
        return host.status().stream()
                .filter(status -> status.places().stream().anyMatch(InstanceStatus.At::lost)
                        && !status.places().stream().allMatch(InstanceStatus.At::lost))
                .map(InstanceStatus::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private void synchronize(LoaderHost host, PodContainer container) {
        switch (container.state()) {
            case RUNNING, PAUSED -> protect(host, container);
            // A container that is just being started may have a cgroup already; without one its
            // start follows.
            case CREATED -> {
                if (container.pid() > 0 || configured(host, container).isPresent()) {
                    protect(host, container);
                }
            }
            default -> {}
        }
    }

    private void protect(LoaderHost host, PodContainer container) {
        Changes changes = ContainerPolicies.begin(session.forOneChange().changes(), container.id());
        try {
            join(host, changes, container, running(host, container));
        } catch (RuntimeException e) {
            Failure.of(e).ifPresent(failure -> changes.refused(failure.message()));
            failed("the container " + shown(container) + " runs without its policies", e);
        }
    }

    private static String shown(PodContainer container) {
        return Printable.line(container.name() + " (" + container.id() + ")");
    }

    private void failed(String what, RuntimeException e) {
        Failure failure = Failure.of(e).orElseThrow(() -> e);
        warn(what + ": " + failure.message(), failure.help());
    }

    private void say(String line) {
        synchronized (session) {
            session.out().println(line);
            session.out().flush();
        }
    }

    private void warn(String line, String help) {
        synchronized (session) {
            session.err().println("ringwall: " + line);
            session.err().println("  help: " + help);
        }
    }
}
