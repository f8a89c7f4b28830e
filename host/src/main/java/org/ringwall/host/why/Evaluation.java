// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.AppliedObject;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.RunOrder;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Task;

/**
 * The evaluation of a probe on the programs that run for a cgroup. Reads the state of the host and
 * changes nothing: programs run on copies of maps.
 */
public final class Evaluation {
    /** A version newer than any, since the kernel that loaded the programs has verified them. */
    private static final KernelVersion ANY = new KernelVersion(99, 0);

    /** The hooks that bind(2) invokes once the socket has its address. */
    private static final Set<Hook> BOUND = Set.of(Hook.POST_BIND4, Hook.POST_BIND6);

    private final LoaderHost host;
    private final RunOrder order;
    private final Optional<Bytes> object;
    private final Map<RunOrder.Owner, Interpreted> known = new HashMap<>();
    private final Map<RunOrder.Owner, String> refused = new HashMap<>();

    /** The generations of one evaluation, whose maps change from hook to hook. */
    private final Map<RunOrder.Owner, Interpreted> running = new HashMap<>();

    private boolean cookieRead;

    /**
     * Creates an evaluation.
     *
     * @param order the programs that run for the cgroup
     * @param object the bytes of an object that the user names
     */
    public Evaluation(LoaderHost host, RunOrder order, Optional<Bytes> object) {
        this.host = host;
        this.order = order;
        this.object = object;
    }

    /**
     * Evaluates a probe of this caller. If a program reads the cookie of the socket, and the probe
     * does not give one, the answer is for cookie 1, and is compared with those for other cookies.
     */
    public Answer evaluate(Probe probe, Caller process) {
        long now = host.bootTime();
        OptionalLong chosen = probe.as().cookie();
        Answer answer = evaluate(probe, process, now, chosen.orElse(1));
        if (!cookieRead || chosen.isPresent()) {
            return answer;
        }
        int differing = 0;
        for (int cookie = 2; cookie <= Answer.COOKIES; cookie++) {
            Answer other = evaluate(probe, process, now, cookie);
            differing += other.denying().isPresent() == answer.denying().isPresent() ? 0 : 1;
        }
        List<String> assumed = new ArrayList<>(answer.assumed());
        assumed.add("socket cookie 1, as programs read it; "
                + (differing == 0
                        ? "cookies 1 to " + Answer.COOKIES + " get the same answer"
                        : "write `as cookie N` for a socket that exists"));
        return new Answer(answer.hooks(), assumed, differing == 0 ? OptionalInt.empty() : OptionalInt.of(differing));
    }

    private Answer evaluate(Probe probe, Caller process, long now, long cookie) {
        running.clear();
        Caller caller = process.as(probe.as());
        Environment environment = Environment.of(ANY).with(task(caller, cookie)).at(now);
        List<String> assumed = new ArrayList<>(caller.assumed());
        assumed.addAll(probe.notes());
        if (caller.netns().isEmpty()) {
            assumed.add("a network namespace that no rule names, as its cookie is not known");
        }
        List<Answer.AtHook> hooks = new ArrayList<>();
        Optional<Context> left = Optional.empty();
        for (Attempt given : probe.attempts()) {
            boolean bound = left.isPresent() && BOUND.contains(given.hook());
            Attempt attempt = bound ? given.after(left.orElseThrow()) : given;
            if (bound && attempt.context().number("src_port") == 0) {
                assumed.add("port 0 at " + attempt.hook().word() + ", where the kernel has chosen another one");
            }
            Ran ran = at(attempt, environment);
            left = Optional.of(ran.left());
            Answer.AtHook found = ran.hook();
            hooks.add(found);
            if (found.denied().isPresent() && found.deciding().isEmpty()) {
                break;
            }
        }
        return new Answer(hooks, assumed, OptionalInt.empty());
    }

    private Task task(Caller caller, long cookie) {
        Map<Integer, Long> ancestors = new HashMap<>();
        List<Cgroup> path = host.cgroups().upwards(order.cgroup());
        for (int i = 0; i < path.size(); i++) {
            ancestors.put(path.size() - 1 - i, path.get(i).id());
        }
        return new Task(
                (int) caller.uid(),
                (int) caller.gid(),
                (int) caller.pid(),
                (int) caller.pid(),
                Bytes.of(caller.comm().getBytes(StandardCharsets.ISO_8859_1)),
                order.cgroup().id(),
                ancestors,
                caller.netns().orElse(0),
                cookie);
    }

    /**
     * The result of running the programs of a hook.
     *
     * @param left the context after the last program
     */
    private record Ran(Answer.AtHook hook, Context left) {}

    private Ran at(Attempt attempt, Environment caller) {
        Environment environment = attempt.address().map(caller::naming).orElse(caller);
        environment = attempt.sysctl().map(environment::touching).orElse(environment);
        Context context = attempt.context();
        List<Answer.Verdict> verdicts = new ArrayList<>();
        for (RunOrder.Step step : order.at(attempt.hook().word())) {
            // A plain object is treated like a program of another owner: it has no rules to report.
            if (!(step.owner() instanceof RunOrder.Owner.Instance owner) || owner.plain()) {
                verdicts.add(Answer.Verdict.foreign(
                        step, host.overriding(attempt.hook(), step.id()), host.writes(attempt.hook(), step.id())));
                continue;
            }
            if (owner.mode() == RunOrder.Mode.INERT) {
                verdicts.add(Answer.Verdict.inert(step));
                continue;
            }
            Optional<Interpreted> program = interpreted(owner);
            if (program.isEmpty()) {
                verdicts.add(Answer.Verdict.unknown(step, refused.getOrDefault(owner, "")));
                continue;
            }
            Interpreted.Run run = program.get().run(attempt.hook(), context, environment);
            if (!(run.outcome() instanceof Outcome.Returned returned)) {
                verdicts.add(Answer.Verdict.unknown(step, "its code cannot be interpreted: " + run.outcome()));
                continue;
            }
            cookieRead |= returned.calls().stream().anyMatch(call -> call.helper() == Helper.GET_SOCKET_COOKIE);
            verdicts.add(verdict(attempt.hook(), step, run, returned, context, environment));
            int result = result(attempt.hook(), returned);
            environment = environment.after(result);
            environment = returned.address().map(environment::naming).orElse(environment);
            context = returned.context();
            context = attempt.hook() == Hook.GETSOCKOPT ? context.with("retval", result) : context;
        }
        int last = environment.retval();
        return new Ran(
                new Answer.AtHook(attempt, verdicts, last == 0 ? Optional.empty() : Optional.of(-last)), context);
    }

    private Answer.Verdict verdict(
            Hook hook,
            RunOrder.Step step,
            Interpreted.Run run,
            Outcome.Returned returned,
            Context before,
            Environment environment) {
        boolean denies = denies(returned, environment);
        boolean would = !denies && run.enforced() instanceof Outcome.Returned enforced && denies(enforced, environment);
        Answer.Kind kind = denies ? Answer.Kind.DENIES : would ? Answer.Kind.WOULD_DENY : Answer.Kind.ALLOWS;
        int errno = 0;
        if (denies || would) {
            Outcome.Returned decided = denies ? returned : (Outcome.Returned) run.enforced();
            boolean first = environment.retval() == 0 || hook == Hook.GETSOCKOPT;
            errno = first ? -result(hook, decided) : -environment.retval();
        }
        String change = change(hook, before, returned.context());
        String note = run.rules().isEmpty() && change.isEmpty() ? run.note() : change;
        return new Answer.Verdict(step, kind, errno, run.rules(), note, Optional.empty(), false);
    }

    /**
     * Returns the negative errno after a program, or 0. At getsockopt it is `retval` of the
     * context: a program that allows leaves the value of an earlier one, and
     * `bpf_prog_run_array_cg` sets EPERM only if a program denies and no errno is set yet.
     */
    private static int result(Hook hook, Outcome.Returned returned) {
        if (hook != Hook.GETSOCKOPT) {
            return returned.result();
        }
        int retval = (int) returned.context().number("retval");
        return retval < 0 ? retval : (returned.r0() & 1) == 0 ? -Errno.EPERM.number() : 0;
    }

    private static boolean denies(Outcome.Returned returned, Environment environment) {
        return (returned.r0() & 1) == 0 || returned.retval() != environment.retval() && returned.retval() < 0;
    }

    /** Returns how a program changes the request; empty if it does not. */
    private static String change(Hook hook, Context before, Context after) {
        if (after.equals(before)) {
            return "";
        }
        if (!hook.hasDestination()) {
            return "changes the request";
        }
        boolean four = hook.word().endsWith("4");
        byte[] address = after.field(after.struct().require(four ? "user_ip4" : "user_ip6"));
        return "changes the destination to " + Attempt.endpoint(address, after.number("user_port"));
    }

    private Optional<Interpreted> interpreted(RunOrder.Owner.Instance owner) {
        if (!known.containsKey(owner) && !refused.containsKey(owner)) {
            try {
                AppliedObject applied = host.applied(owner.name(), owner.generation(), object);
                known.put(owner, Interpreted.of(applied));
            } catch (HostException e) {
                refused.put(owner, e.getMessage() + "; " + e.help());
            }
        }
        Interpreted pristine = known.get(owner);
        return pristine == null
                ? Optional.empty()
                : Optional.of(running.computeIfAbsent(owner, instance -> pristine.copy()));
    }
}
