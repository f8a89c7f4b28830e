// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bundle.KernelNeeds;
import org.ringwall.loader.apply.KernelTypes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.bpf.VerifierLog;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;

/**
 * The features of the running kernel that policies can use. They are probed, since distributions
 * backport features to old kernels and disable others. Nothing is attached, and every object is
 * closed at once.
 */
final class KernelFeatures {
    private static final int SMALLEST_RING = 4096;

    /** Helpers that compiled policies call and that some kernel lacks at some hook. */
    private static final List<Helper> CALLED = List.of(
            Helper.GET_CURRENT_PID_TGID,
            Helper.GET_CURRENT_UID_GID,
            Helper.GET_CURRENT_COMM,
            Helper.GET_CURRENT_CGROUP_ID,
            Helper.GET_CURRENT_ANCESTOR_CGROUP_ID,
            Helper.GET_NETNS_COOKIE,
            Helper.GET_SOCKET_COOKIE,
            Helper.SK_STORAGE_GET,
            Helper.SKC_TO_MPTCP_SOCK,
            Helper.GET_RETVAL,
            Helper.SET_RETVAL,
            Helper.PROBE_READ_KERNEL);

    /**
     * The verifier's words for a helper that the kernel or the type of program lacks
     * ({@code check_helper_call}).
     */
    private static final Pattern LACKS = Pattern.compile("(unknown|invalid) func |cannot use helper");

    private static final KernelVersion NEWEST_TARGET = KernelVersion.TARGETS.get(KernelVersion.TARGETS.size() - 1);

    private final Bpf bpf;
    private final Map<Hook, Boolean> existing = new EnumMap<>(Hook.class);

    /** Creates probes of the running kernel, which are made by the methods. */
    KernelFeatures(Bpf bpf) {
        this.bpf = bpf;
    }

    /**
     * Returns the checks by subject.
     *
     * @param cgroup opens a cgroup whose programs are read
     */
    Map<String, Supplier<List<Diagnosis>>> probes(Supplier<Fd> cgroup) {
        Map<String, Supplier<List<Diagnosis>>> probes = new LinkedHashMap<>();
        probes.put("kernel types", this::types);
        probes.put("links", this::links);
        probes.put("records", this::ring);
        probes.put("helpers", this::helpers);
        probes.put("timers", this::timers);
        probes.put("hooks", () -> {
            try (Fd open = cgroup.get()) {
                return hooks(open);
            }
        });
        probes.put("order", () -> {
            try (Fd open = cgroup.get()) {
                return order(open);
            }
        });
        return probes;
    }

    /** Returns the first thing that an object needs and this kernel lacks, as a phrase. */
    Optional<String> lacks(KernelNeeds needs) {
        return Stream.<Supplier<Optional<String>>>of(
                        () -> needs.hooks().stream()
                                .filter(word -> hook(word).filter(this::exists).isEmpty())
                                .findFirst()
                                .map(word -> "the hook " + word),
                        () -> lackedHelper(needs.helpers()),
                        () -> needs.mapTypes().stream()
                                .filter(type -> !hasMaps(type))
                                .findFirst()
                                .map(type -> "maps of the type " + type),
                        () -> hasInstructions(needs.instructions())
                                ? Optional.empty()
                                : Optional.of("the instructions of BPF " + needs.instructions()),
                        () -> lackedFunction(needs))
                .flatMap(each -> each.get().stream())
                .findFirst();
    }

    private static Optional<Hook> hook(String word) {
        return Arrays.stream(Hook.values())
                .filter(hook -> hook.word().equals(word))
                .findFirst();
    }

    private Optional<String> lackedHelper(Map<String, List<String>> helpers) {
        for (Map.Entry<String, List<String>> each : helpers.entrySet()) {
            Optional<Helper> helper = Arrays.stream(Helper.values())
                    .filter(one -> one.kernelName().equals(each.getKey()))
                    .findFirst();
            for (String word : each.getValue()) {
                if (helper.isEmpty()
                        || hook(word).filter(at -> offers(at, helper.get())).isEmpty()) {
                    return Optional.of("bpf_" + each.getKey() + " at " + word);
                }
            }
        }
        return Optional.empty();
    }

    /** Returns whether maps of a type can be created; other types are older than cgroup links. */
    private boolean hasMaps(String type) {
        boolean isRing = type.equals(MapType.RINGBUF.name().toLowerCase(Locale.ROOT));
        return isRing
                ? ring().stream().allMatch(found -> found.level() == Diagnosis.Level.OK)
                : Arrays.stream(MapType.values())
                        .filter(known -> known.number() < MapType.RINGBUF.number())
                        .anyMatch(known -> known.name().toLowerCase(Locale.ROOT).equals(type));
    }

    /** Tries a move that sign-extends, which kernels before cpu v4 refuse as a reserved field. */
    private boolean hasInstructions(String set) {
        if (!set.equals(KernelNeeds.V4)) {
            return set.equals(KernelNeeds.V3);
        }
        List<Insn> code = List.of(
                new Insn.Mov(Width.DW, Width.DW, Reg.R1, Operand.of(1)),
                new Insn.Mov(Width.DW, Width.B, Reg.R1, Operand.of(Reg.R1)));
        try (Fd program = load(Hook.CONNECT4, code)) {
            return program.number() >= 0;
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            return false;
        }
    }

    private Optional<String> lackedFunction(KernelNeeds needs) {
        if (!needs.kernelTypes() && needs.functions().isEmpty()) {
            return Optional.empty();
        }
        Optional<byte[]> types = bpf.kernelTypes();
        return types.isEmpty()
                ? Optional.of("types in /sys/kernel/btf/vmlinux")
                : KernelTypes.lacking(types.get(), needs.functions()).map(name -> "the function " + name);
    }

    private List<Diagnosis> types() {
        return List.of(
                bpf.kernelTypes().isPresent()
                        ? Diagnosis.ok("kernel types", "in /sys/kernel/btf/vmlinux")
                        : Diagnosis.warning(
                                "kernel types",
                                "this kernel has none, so policies on names of Unix sockets cannot be applied",
                                "use a kernel with CONFIG_DEBUG_INFO_BTF"));
    }

    /**
     * Tries to attach a program to a map instead of a cgroup, which fails with EBADF where the
     * kernel has links of cgroups ({@code cgroup_bpf_link_attach}), and with EINVAL elsewhere.
     */
    private List<Diagnosis> links() {
        try (Fd map = bpf.mapCreate(MapSpec.array("ringwall_probe", PolicyObject.CONTROL_SIZE, 1, MapSpec.MAPPABLE));
                Fd program = load(Hook.CONNECT4, List.of())) {
            bpf.linkCreate(program, map, Hook.CONNECT4.attachType()).close();
            throw new IllegalStateException("the kernel attached a program to a map");
        } catch (KernelRefusedException e) {
            if (e.errno().is(Errno.EBADF)) {
                return List.of(Diagnosis.ok("links", "maps, programs and links of cgroups can be created"));
            }
            if (e.errno().is(Errno.EPERM) || e.errno().is(Errno.EACCES)) {
                throw e;
            }
            return List.of(Diagnosis.problem(
                    "links", String.valueOf(e.getMessage()), "use Linux 5.10 or newer with CONFIG_CGROUP_BPF"));
        }
    }

    private List<Diagnosis> ring() {
        MapSpec ring = new MapSpec(
                "ringwall_probe", MapType.RINGBUF.number(), 0, 0, SMALLEST_RING, 0, Optional.empty(), Optional.empty());
        try (Fd ignored = bpf.mapCreate(ring)) {
            return List.of(Diagnosis.ok("records", "ring buffers can be created"));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            return List.of(Diagnosis.warning(
                    "records", "this kernel has no ring buffers, so rules cannot log", "use Linux 5.8 or newer"));
        }
    }

    private List<Diagnosis> timers() {
        return List.of(
                offers(Hook.SKB_EGRESS, Helper.TIMER_INIT)
                        ? Diagnosis.ok("timers", "programs can use kernel timers")
                        : Diagnosis.warning("timers", "programs cannot use kernel timers", "use Linux 5.15 or newer"));
    }

    /** Tries each helper at each hook at which compiled policies can call it. */
    private List<Diagnosis> helpers() {
        Map<Helper, List<Hook>> missing = new EnumMap<>(Helper.class);
        for (Helper helper : CALLED) {
            for (Hook hook : helper.hooks().keySet().stream().sorted().toList()) {
                if (called(helper, hook) && exists(hook) && !offers(hook, helper)) {
                    missing.computeIfAbsent(helper, any -> new ArrayList<>()).add(hook);
                }
            }
        }
        if (missing.isEmpty()) {
            return List.of(Diagnosis.ok("helpers", "all that policies call are available at their hooks"));
        }
        return missing.entrySet().stream()
                .map(each -> Diagnosis.warning(
                        "helpers",
                        each.getKey().kernelName() + " is not available at " + words(each.getValue())
                                + ": policies that need it there are refused",
                        "use Linux " + since(each.getKey(), each.getValue()) + " or newer, or compile for this kernel"))
                .toList();
    }

    /** Returns whether objects for one of the compiler's kernels may call the helper at a hook. */
    private static boolean called(Helper helper, Hook hook) {
        return helper.since(hook).filter(NEWEST_TARGET::atLeast).isPresent();
    }

    private static KernelVersion since(Helper helper, List<Hook> hooks) {
        return hooks.stream()
                .map(hook -> helper.since(hook).orElseThrow())
                .max(KernelVersion::compareTo)
                .orElseThrow();
    }

    private boolean exists(Hook hook) {
        return existing.computeIfAbsent(hook, this::loads);
    }

    private boolean loads(Hook hook) {
        try (Fd program = load(hook, List.of())) {
            return program.number() >= 0;
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            return false;
        }
    }

    /** Returns whether the verifier gets past the call to the check of its arguments. */
    private boolean offers(Hook hook, Helper helper) {
        try (Fd program = load(hook, List.of(new Insn.CallHelper(helper.id())))) {
            return program.number() >= 0;
        } catch (KernelRefusedException e) {
            Optional<String> text = e.log().map(VerifierLog::text);
            if (text.isEmpty()) {
                throw e;
            }
            return !LACKS.matcher(text.get()).find();
        }
    }

    private Fd load(Hook hook, List<Insn> first) {
        List<Insn> code = new ArrayList<>(first);
        code.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)));
        code.add(new Insn.Exit());
        return bpf.progLoad(ProgSpec.plain(
                "ringwall_probe",
                hook.programType().number(),
                hook.attachType(),
                Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()))));
    }

    /** Reads the programs of a cgroup at every hook. The kernel refuses hooks that it lacks. */
    private List<Diagnosis> hooks(Fd cgroup) {
        List<Hook> missing = new ArrayList<>();
        for (Hook hook : Hook.values()) {
            try {
                bpf.progQuery(cgroup, hook.attachType());
            } catch (KernelRefusedException e) {
                if (!e.errno().is(Errno.EINVAL)) {
                    throw e;
                }
                missing.add(hook);
            }
        }
        int all = Hook.values().length;
        return List.of(
                missing.isEmpty()
                        ? Diagnosis.ok("hooks", "all " + all)
                        : Diagnosis.warning(
                                "hooks",
                                (all - missing.size()) + " of " + all + "; not covered by any policy here: "
                                        + words(missing),
                                "use Linux "
                                        + missing.stream()
                                                .map(Hook::since)
                                                .max(KernelVersion::compareTo)
                                                .orElseThrow()
                                        + " or newer for policies that need them"));
    }

    /** Checks for attachment next to another program, by the revision that such kernels report. */
    private List<Diagnosis> order(Fd cgroup) {
        return List.of(
                bpf.progQuery(cgroup, Hook.CONNECT4.attachType()).ordered()
                        ? Diagnosis.ok("order", "a new version runs in the place of the old one")
                        : Diagnosis.warning(
                                "order",
                                "this kernel attaches programs last: a new version of a policy beside others can be"
                                        + " refused",
                                "see --allow-reorder of ringwall apply, or use a kernel from 6.12 on"));
    }

    private static String words(List<Hook> hooks) {
        return hooks.stream().map(Hook::word).collect(Collectors.joining(" "));
    }
}
