// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.sys.Fd;

/**
 * The owners of programs by id, and where these programs may write. Results are cached.
 *
 * <p>A program is pinned before it is attached and detached before it is unpinned. So pins that are
 * read after a list of attached programs show all of ours in it, and one reading serves all lists
 * read before it.
 */
public final class Owners {
    private final Bpf bpf;
    private final Instances instances;
    private final ForeignWrites foreign;
    private final Map<Integer, Owner> known = new HashMap<>();
    private final Map<Owner, PolicyWrites> writes = new HashMap<>();
    private final Set<Integer> listed = new HashSet<>();
    private final Set<Integer> looked = new HashSet<>();

    public Owners(Bpf bpf, Instances instances) {
        this.bpf = bpf;
        this.instances = instances;
        this.foreign = new ForeignWrites(bpf);
    }

    /**
     * The instance and the generation to which a program belongs.
     *
     * @param plain whether the instance is of plain objects, whose programs may do anything
     */
    public record Owner(InstanceName instance, int generation, boolean plain) {}

    /** Notes programs of a list, so that the next reading of the pins serves them, too. */
    public void listed(Collection<Integer> programs) {
        listed.addAll(programs);
    }

    /** Returns the owner of a program; empty if it belongs to no instance. */
    public Optional<Owner> of(int program) {
        if (!known.containsKey(program) && !looked.contains(program)) {
            listed.add(program);
            readPins();
            looked.addAll(listed);
            listed.clear();
        }
        return Optional.ofNullable(known.get(program));
    }

    private void readPins() {
        for (InstanceName name : instances.all()) {
            InstanceFolder folder = instances.folder(name);
            boolean plain = folder.isPlain();
            for (int generation : folder.generations()) {
                Owner owner = new Owner(name, generation, plain);
                folder.programIds(generation).values().forEach(id -> known.put(id, owner));
            }
        }
    }

    /** Returns whether a program may write at the hook what later programs see. */
    public boolean writes(Hook hook, int program) {
        return of(program)
                .map(owner -> writes.computeIfAbsent(owner, this::read).at(hook))
                .orElseGet(() -> foreign.at(hook, program));
    }

    private PolicyWrites read(Owner owner) {
        return PolicyWrites.of(bpf, instances.folder(owner.instance()), owner.generation());
    }

    /** Returns the name by which the user knows the program. */
    public String name(int program) {
        return of(program)
                .map(owner -> "`" + owner.instance() + "`")
                .orElseGet(() -> "program `" + Printable.of(nameOfForeign(program)) + "` (id " + program + ")");
    }

    private String nameOfForeign(int id) {
        try (Fd program = bpf.progById(id)) {
            return bpf.progInfo(program).name();
        } catch (KernelRefusedException gone) {
            return "?";
        }
    }
}
