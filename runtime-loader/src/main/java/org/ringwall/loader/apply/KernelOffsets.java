// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.object.CoreRelocation;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.model.HostException;

/**
 * A resolver of an object's CO-RE relocations against the running kernel. A field must have one
 * offset in the kernel, and the kind and size that the object expects; otherwise a
 * {@link HostException} is thrown.
 */
final class KernelOffsets {
    private final Btf kernel;
    private final Btf own;

    /** Creates a resolver: `kernel` are the running kernel's types, `own` the object's. */
    KernelOffsets(Btf kernel, Btf own) {
        this.kernel = kernel;
        this.own = own;
    }

    /** Returns the relocated instructions with this kernel's offsets, by slot. */
    Map<Integer, Insn> resolve(ProgramSpec program) {
        Map<Integer, CoreRelocation> bySlot = new HashMap<>();
        program.coreRelocations().forEach(relocation -> bySlot.put(relocation.slot(), relocation));
        Map<Integer, Insn> resolved = new HashMap<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            CoreRelocation relocation = bySlot.get(slot);
            if (relocation != null) {
                resolved.put(slot, resolve(insn, relocation));
            }
            slot += insn.slots();
        }
        return resolved;
    }

    private Insn resolve(Insn insn, CoreRelocation relocation) {
        BtfType.Composite struct = relocation.struct(own).orElseThrow();
        BtfType.Member field = relocation.field(own).orElseThrow();
        String name = "`" + essential(struct.name()) + "." + field.name() + "`";
        Set<Long> offsets = new HashSet<>();
        for (Candidate candidate : candidates(struct, field.name())) {
            if (!fits(field, candidate)) {
                throw refused(name + " of this kernel is not what the policy was compiled for");
            }
            offsets.add(candidate.bitOffset() / 8);
        }
        if (offsets.size() > 1) {
            throw refused("this kernel has " + name + " at several offsets");
        }
        long offset = offsets.stream().findAny().orElseThrow(() -> refused("this kernel has no " + name));
        return CoreRelocation.with(insn, offset)
                .orElseThrow(() -> refused(name + " of this kernel is too far into its struct"));
    }

    private static HostException refused(String why) {
        return new HostException(
                why + ", and the policy reads it",
                "remove the hook from the policy, or run a kernel that has the field");
    }

    /**
     * Returns the fields of this name in all structs of that name: a kernel may have several. C
     * names the fields of a member without a name as if they were the struct's own, as `skc_flags`
     * of `struct sock_common`, and so does libbpf (bpf_core_match_member).
     */
    private List<Candidate> candidates(BtfType.Composite struct, String field) {
        return kernel.types().stream()
                .filter(type -> type instanceof BtfType.Composite composite
                        && composite.aggregate() == struct.aggregate()
                        && composite.name().equals(essential(struct.name())))
                .flatMap(type -> fields((BtfType.Composite) type, 0))
                .filter(candidate -> candidate.member().name().equals(field))
                .toList();
    }

    /** Returns the named fields of a struct or union that begins at this bit. */
    private Stream<Candidate> fields(BtfType.Composite struct, long begin) {
        return struct.members().stream().flatMap(member -> {
            long at = begin + member.bitOffset();
            int type = kernel.strip(member.type());
            return member.name().isEmpty() && type != 0 && kernel.type(type) instanceof BtfType.Composite inner
                    ? fields(inner, at)
                    : Stream.of(new Candidate(member, at));
        });
    }

    /** A field of the kernel, with its offset in bits from the begin of the outermost struct. */
    private record Candidate(BtfType.Member member, long bitOffset) {}

    /**
     * Returns the name without the suffix after three underscores, which distinguishes variants in
     * the object (libbpf: bpf_core_essential_name_len).
     */
    static String essential(String name) {
        int flavor = name.indexOf("___", 1);
        return flavor < 0 ? name : name.substring(0, flavor);
    }

    /**
     * Returns whether two fields have the same kind and size and are aligned to bytes, not bit
     * fields.
     */
    private boolean fits(BtfType.Member field, Candidate candidate) {
        int expected = own.strip(field.type());
        int actual = kernel.strip(candidate.member().type());
        if (expected == 0 || actual == 0 || candidate.member().bitSize() != 0 || candidate.bitOffset() % 8 != 0) {
            return false;
        }
        return own.type(expected).getClass().equals(kernel.type(actual).getClass())
                && own.sizeOf(expected).isPresent()
                && own.sizeOf(expected).equals(kernel.sizeOf(actual));
    }
}
