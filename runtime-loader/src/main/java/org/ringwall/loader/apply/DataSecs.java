// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;

/**
 * The layout of data sections in BTF. clang leaves their sizes and the offsets of their variables
 * zero for the loader to fill in from the ELF file; the kernel rejects zeros
 * ({@code btf_datasec_check_meta}).
 */
final class DataSecs {
    private final BpfObject object;

    private DataSecs(BpfObject object) {
        this.object = object;
    }

    /** Returns the object's types with every data section laid out; type ids do not change. */
    static Btf laidOut(BpfObject object) {
        DataSecs secs = new DataSecs(object);
        List<BtfType> types = object.btf().types().stream()
                .map(type ->
                        type instanceof BtfType.DataSec section && section.size() == 0 ? secs.layOut(section) : type)
                .toList();
        return new Btf(types);
    }

    private BtfType layOut(BtfType.DataSec section) {
        Optional<DataSection> data = object.section(section.name());
        List<BtfType.SecVar> placed = new ArrayList<>();
        long end = 0;
        for (BtfType.SecVar variable : section.variables()) {
            long offset = isStatic(variable)
                    ? variable.offset()
                    : data.flatMap(content -> content.variable(name(variable)))
                            .map(DataVariable::offset)
                            .map(Integer::longValue)
                            .orElse(end);
            placed.add(new BtfType.SecVar(variable.type(), offset, variable.size()));
            end = Math.max(end, offset + variable.size());
        }
        placed.sort(Comparator.comparingLong(BtfType.SecVar::offset));
        long size = data.isPresent() ? data.get().content().size() : end;
        return new BtfType.DataSec(section.name(), size, placed);
    }

    /** Returns whether the compiler has filled in the offset itself (libbpf: btf_fixup_datasec). */
    private boolean isStatic(BtfType.SecVar variable) {
        return object.btf().contains(variable.type())
                && object.btf().type(variable.type()) instanceof BtfType.Var declared
                && declared.linkage() == BtfType.Linkage.STATIC;
    }

    private String name(BtfType.SecVar variable) {
        return object.btf().contains(variable.type())
                ? object.btf().type(variable.type()).name()
                : "";
    }
}
