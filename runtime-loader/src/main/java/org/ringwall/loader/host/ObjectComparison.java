// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.loader.apply.GenerationLoader;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Sha256;

/**
 * A comparison of an instance in force with the copies of its objects. It changes nothing that is
 * in force and takes no lock; it loads programs, which it closes again, so that the kernel
 * translates the expected code as it translated that in force.
 */
final class ObjectComparison {
    private static final int ATTEMPTS = 20;
    private static final int LO = 0;
    private static final int HI = 4;
    private static final int MODE = 8;
    private static final int RESERVED = 12;
    private static final int MONITOR_UNTIL = 16;

    private final Bpf bpf;
    private final CgroupView cgroups;
    private final InstanceFolder folder;
    private final InstanceName name;
    private final List<String> differences = new ArrayList<>();
    private final List<String> unchecked = new ArrayList<>();
    private final List<Compared.Source> objects = new ArrayList<>();
    private final Set<Integer> programs = new HashSet<>();
    private final Set<Integer> maps = new HashSet<>();
    private boolean complete = true;

    private ObjectComparison(Bpf bpf, CgroupView cgroups, InstanceFolder folder, InstanceName name) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.folder = folder;
        this.name = name;
    }

    /** Compares an instance, again if it was changed meanwhile. */
    static Compared of(Bpf bpf, PinStore pins, CgroupView cgroups, InstanceName name) {
        InstanceFolder folder = new InstanceFolder(bpf, pins, name);
        for (int attempt = 1; ; attempt++) {
            try {
                if (folder.isPlain()) {
                    return Compared.unchecked("it is a plain object, whose programs and data have no contract");
                }
                Optional<byte[]> before = word(bpf, folder);
                if (before.isEmpty()) {
                    return Compared.unchecked("it is not in force");
                }
                ObjectComparison comparison = new ObjectComparison(bpf, cgroups, folder, name);
                comparison.compare(before.get());
                Optional<byte[]> after = word(bpf, folder);
                boolean same = after.isPresent() && Arrays.equals(before.get(), after.get());
                if (same || attempt == ATTEMPTS) {
                    return comparison.result();
                }
            } catch (KernelRefusedException e) {
                if (!e.errno().is(Errno.ENOENT) || attempt == ATTEMPTS) {
                    return Compared.unchecked(String.valueOf(e.getMessage()));
                }
            } catch (HostException e) {
                return Compared.unchecked(String.valueOf(e.getMessage()));
            }
        }
    }

    private static Optional<byte[]> word(Bpf bpf, InstanceFolder folder) {
        return folder.openControl().map(control -> {
            try (control) {
                return MapContent.of(bpf, control.map());
            }
        });
    }

    private Compared result() {
        return new Compared(programs.size(), maps.size(), differences, unchecked, objects, complete);
    }

    private void compare(byte[] control) {
        ByteBuffer word = ByteBuffer.wrap(control).order(ByteOrder.nativeOrder());
        int lo = word.getInt(LO) & ControlWord.LAST_GENERATION;
        int hi = word.getInt(HI);
        List<Integer> there = folder.generations();
        if (hi == 0) {
            unchecked.add("it is not in force");
            return;
        }
        control(word, lo, hi, there);
        for (int generation : there) {
            if (lo <= generation && generation <= hi) {
                generation(generation);
            } else {
                beside(generation);
            }
        }
    }

    /** Compares the control word with the states that it has after and during each command. */
    private void control(ByteBuffer word, int lo, int hi, List<Integer> there) {
        if (lo > hi) {
            differences.add("the control word was changed: its oldest generation " + lo + " is above its newest, " + hi
                    + ", so that none decides");
        }
        for (int generation : new int[] {lo, hi}) {
            if (generation != 0 && !there.contains(generation)) {
                differences.add("the control word was changed: it names generation "
                        + Integer.toUnsignedString(generation) + ", which has no programs");
            }
        }
        boolean monitored = word.getInt(LO) < 0;
        // A change of the mode stores 1 before the monitor bit, and 0 after it.
        boolean mode = word.getInt(MODE) == 1 || word.getInt(MODE) == 0 && !monitored;
        if (!mode || word.getInt(RESERVED) != 0 || !monitored && word.getLong(MONITOR_UNTIL) != 0) {
            differences.add("the control word was changed: its mode, its end of monitor mode or its reserved part is"
                    + " not one that ringwall stores");
        }
    }

    /**
     * Compares a generation that has programs and does not decide, if they are those of its object:
     * code of another process need not read the control word, and a program that is pinned here is
     * not searched for what it does to denials. A command that ends meanwhile removes its pins one
     * by one, the links first.
     */
    private void beside(int generation) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Set<String> before = Set.copyOf(folder.pins(generation));
            if (folder.programs(generation).isEmpty()) {
                return;
            }
            ObjectComparison other = new ObjectComparison(bpf, cgroups, folder, name);
            other.generation(generation);
            if (before.equals(Set.copyOf(folder.pins(generation)))) {
                add(generation, other);
                return;
            }
        }
        unchecked.add("generation " + Integer.toUnsignedString(generation) + " is being changed");
        complete = false;
    }

    private void add(int generation, ObjectComparison other) {
        String number = "generation " + Integer.toUnsignedString(generation) + ", which does not decide: ";
        other.differences.forEach(each -> differences.add(number + each));
        unchecked.addAll(other.unchecked);
        objects.addAll(other.objects);
        programs.addAll(other.programs);
        maps.addAll(other.maps);
        complete &= other.complete;
    }

    private void generation(int generation) {
        String number = "generation " + Integer.toUnsignedString(generation);
        Optional<Provenance> origin = folder.provenance(generation);
        Optional<String> digest = origin.flatMap(Provenance::object);
        if (digest.isEmpty()) {
            unchecked.add(number + " did not come from a file, or an earlier ringwall applied it");
            complete = false;
            return;
        }
        Optional<byte[]> file = folder.object(generation);
        if (file.isEmpty()) {
            unchecked.add("no copy of the object of " + number + " was kept");
            complete = false;
            return;
        }
        objects.add(new Compared.Source(
                generation,
                digest.get(),
                origin.flatMap(Provenance::bundle),
                folder.bundle(generation).map(Bytes::of)));
        if (!Sha256.hex(file.get()).equals(digest.get())) {
            differences.add("the copy of the object of " + number + " is not the object that it records");
            return;
        }
        try {
            PolicyObject policy = PolicyObject.of(ObjectReader.read(file.get()));
            if (!policy.policy().equals(name.policy())) {
                differences.add(number + " is of policy `" + policy.policy() + "`");
            }
            GenerationLoader loader = new GenerationLoader(bpf, policy);
            Optional<Fd> types = loader.loadTypes();
            try (GenerationMaps known = GenerationMaps.open(bpf, folder, generation, policy)) {
                differences.addAll(known.differences());
                ProgramComparison each = new ProgramComparison(bpf, cgroups, policy, loader, types, known);
                each.all(folder, generation);
                differences.addAll(each.differences());
                unchecked.addAll(each.unchecked());
                programs.addAll(each.programs());
                maps.addAll(each.maps());
            } finally {
                types.ifPresent(Fd::close);
            }
        } catch (ObjectFormatException | InputException e) {
            unchecked.add("the object of " + number + " cannot be read: " + e.getMessage());
        }
    }
}
