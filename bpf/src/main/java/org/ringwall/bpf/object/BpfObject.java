package org.ringwall.bpf.object;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.btf.Btf;

/**
 * A BPF object: what one ELF file holds, whole and consistent. Every relocation names a map or a byte of a data section
 * of this object, every type id a type of its BTF.
 *
 * @param order the byte order of the machine that it is for
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

    /** The program with this name. */
    public Optional<ProgramSpec> program(String name) {
        return programs.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /** The map with this name. */
    public Optional<MapSpec> map(String name) {
        return maps.stream().filter(m -> m.name().equals(name)).findFirst();
    }

    /** The data section with this name. */
    public Optional<DataSection> section(String name) {
        return data.stream().filter(d -> d.name().equals(name)).findFirst();
    }
}
