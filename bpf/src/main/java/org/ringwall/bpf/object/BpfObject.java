// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.btf.Btf;

/**
 * A BPF object: the content of one ELF file, complete and consistent. Every relocation refers to a
 * map or a byte of a data section of this object, every type id to a type of its BTF.
 *
 * @param order the byte order of the target machine
 * @param license as the kernel reads it, such as `GPL`
 */
public record BpfObject(
        ByteOrder order,
        String license,
        List<ProgramSpec> programs,
        List<MapSpec> maps,
        List<DataSection> data,
        Btf btf) {
    public BpfObject {
        Checks.string(license);
        programs = List.copyOf(programs);
        maps = List.copyOf(maps);
        data = List.copyOf(data);
        Consistency.check(programs, maps, data, btf);
    }

    public Optional<ProgramSpec> program(String name) {
        return programs.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    public Optional<MapSpec> map(String name) {
        return maps.stream().filter(m -> m.name().equals(name)).findFirst();
    }

    public Optional<DataSection> section(String name) {
        return data.stream().filter(d -> d.name().equals(name)).findFirst();
    }
}
