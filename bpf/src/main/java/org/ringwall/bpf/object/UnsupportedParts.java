// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.elf.Elf;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfFormatException;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;

/**
 * A search for parts of an object that a loader of programs for cgroups does not support. Each is
 * named with its place. What is merely malformed is left to {@link ObjectReader}.
 */
final class UnsupportedParts {
    private static final String KCONFIG = ".kconfig";
    private static final String LEGACY_MAPS = "maps";
    private static final String STRUCT_OPS = ".struct_ops";

    private final ElfFile elf;
    private final ElfIndex index;
    private final Predicate<String> hooks;
    private final Predicate<String> contexts;
    private Optional<BtfReader> types = Optional.empty();

    UnsupportedParts(ElfFile elf, Predicate<String> hooks, Predicate<String> contexts) {
        this.hooks = hooks;
        this.contexts = contexts;
        this.elf = elf;
        this.index = new ElfIndex(elf);
    }

    /** Returns the first unsupported part; empty if there is none. */
    Optional<Unsupported> first() {
        types = types();
        return order().or(this::overlap)
                .or(this::maps)
                .or(this::structOps)
                .or(this::programs)
                .or(this::externs)
                .or(this::addresses)
                .or(() -> types.flatMap(btf -> new CoreParts(elf, index, btf, contexts).first()));
    }

    private Optional<BtfReader> types() {
        Optional<ElfSection> section = elf.section(".BTF");
        try {
            return section.isEmpty()
                    ? Optional.empty()
                    : Optional.of(BtfReader.open(section.get().content(elf.order())));
        } catch (BtfFormatException e) {
            return Optional.empty();
        }
    }

    private Optional<Unsupported> order() {
        return elf.order().equals(ByteOrder.nativeOrder())
                ? Optional.empty()
                : Optional.of(new Unsupported(
                        "it is for " + endian(elf.order()) + " machines, and this machine is "
                                + endian(ByteOrder.nativeOrder()),
                        "compile it with clang -target bpf on this machine, or take the other object of bpf2go"));
    }

    private static String endian(ByteOrder order) {
        return order.equals(ByteOrder.LITTLE_ENDIAN) ? "little-endian" : "big-endian";
    }

    /** Two sections that share bytes of the file: no linker writes that. */
    private Optional<Unsupported> overlap() {
        List<ElfSection> content = new ArrayList<>(elf.sections());
        content.removeIf(section -> section.type() == Elf.SHT_NOBITS || section.size() == 0);
        content.sort((one, other) -> Long.compare(one.offset(), other.offset()));
        for (int i = 1; i < content.size(); i++) {
            ElfSection before = content.get(i - 1);
            ElfSection section = content.get(i);
            if (before.offset() + before.size() > section.offset()) {
                return Optional.of(new Unsupported(
                        "its sections `" + before.name() + "` and `" + section.name() + "` overlap at byte "
                                + section.offset() + " of the file",
                        "compile it again: the file is damaged"));
            }
        }
        return Optional.empty();
    }

    private Optional<Unsupported> maps() {
        Optional<ElfSection> legacy = elf.sections().stream()
                .filter(section ->
                        section.name().equals(LEGACY_MAPS) || section.name().startsWith(LEGACY_MAPS + "/"))
                .findFirst();
        if (legacy.isPresent()) {
            String names = names(legacy.get());
            return Optional.of(new Unsupported(
                    "its section `" + legacy.get().name() + "` defines maps without BTF"
                            + (names.isEmpty() ? "" : ": " + names),
                    "define them as structs in `.maps`, which libbpf 1.0 requires, too"));
        }
        Optional<ElfSection> maps = elf.section(Declarations.MAPS);
        return maps.isPresent() && maps.get().size() != 0 && elf.section(".BTF").isEmpty()
                ? Optional.of(new Unsupported(
                        "its maps " + names(maps.get()) + " in `.maps` have no BTF", "compile it with -g"))
                : Optional.empty();
    }

    private Optional<Unsupported> structOps() {
        return elf.sections().stream()
                .filter(section -> section.name().startsWith(STRUCT_OPS) && section.size() != 0)
                .findFirst()
                .map(section -> new Unsupported(
                        "its section `" + section.name() + "` defines struct_ops: " + names(section),
                        "load it with bpftool struct_ops; ringwall attaches programs to cgroups only"));
    }

    private String names(ElfSection section) {
        return String.join(
                ", ",
                index.objects(section).values().stream()
                        .sorted(Comparator.comparingLong(ElfSymbol::value))
                        .map(symbol -> "`" + symbol.name() + "`")
                        .toList());
    }

    private Optional<Unsupported> programs() {
        for (ElfSection section : elf.sections()) {
            if (!ObjectReader.isCode(section) || section.name().equals(CodeSection.TEXT)) {
                continue;
            }
            if (hooks.test(section.name())) {
                if (index.functions(section).isEmpty()) {
                    return Optional.of(new Unsupported(
                            "its section `" + section.name() + "` has code that no function contains",
                            "compile it with a newer clang: versions before 7 write no functions"));
                }
                continue;
            }
            String program = index.functions(section).stream()
                    .min(Comparator.comparingLong(ElfSymbol::value))
                    .map(symbol -> "`" + symbol.name() + "`")
                    .orElse("code");
            return Optional.of(program(program + " (section `" + section.name() + "`)", section.name()));
        }
        return Optional.empty();
    }

    private static Unsupported program(String where, String section) {
        if (section.startsWith("?")) {
            return new Unsupported(
                    "its program " + where + " is marked as one that is not loaded by itself",
                    "remove the `?` from the section's name, or compile without the program");
        }
        if (section.equals("cgroup/skb")) {
            return new Unsupported(
                    "its program " + where + " does not say for which direction it is",
                    "write SEC(\"cgroup_skb/ingress\") or SEC(\"cgroup_skb/egress\")");
        }
        Optional<String> type = SectionKinds.type(section);
        return new Unsupported(
                "its program " + where
                        + type.map(name -> " is of type " + name + ", which ringwall does not attach")
                                .orElse(" is in a section that names no hook of cgroups"),
                "leave it out, or load it with another loader; sections of cgroups are `cgroup/connect4`,"
                        + " `cgroup_skb/egress`, `cgroup/dev`, `sockops` and so on");
    }

    /** A symbol that the object uses and does not define. */
    private Optional<Unsupported> externs() {
        for (ElfSection section : elf.sections()) {
            if (!ObjectReader.isCode(section)) {
                continue;
            }
            for (ElfRelocation relocation : relocations(section)) {
                ElfSymbol symbol = elf.symbols().get(relocation.symbol());
                if (symbol.section() == 0) {
                    return Optional.of(extern(symbol.name(), Where.of(index, section, relocation.offset())));
                }
            }
        }
        return Optional.empty();
    }

    private Unsupported extern(String name, String where) {
        String used = "`" + name + "`, which is used at " + where + ", is ";
        if (declares(Declarations.KSYMS, name, true)) {
            return new Unsupported(
                    used + "a function of the kernel (kfunc), which ringwall does not resolve",
                    "call helpers of the kernel only");
        }
        if (declares(Declarations.KSYMS, name, false)) {
            return new Unsupported(
                    used + "a variable of the kernel (`.ksyms`), which ringwall does not resolve",
                    "read the context and maps only");
        }
        if (declares(KCONFIG, name, false)) {
            return new Unsupported(
                    used + "a setting of the kernel (`.kconfig`), which ringwall does not resolve",
                    "make it a `const volatile` variable with a value");
        }
        return new Unsupported(
                used + "not defined in this object", "link the objects into one first: bpftool gen object");
    }

    private boolean declares(String section, String name, boolean function) {
        if (types.isEmpty()) {
            return false;
        }
        Btf btf = types.get().btf();
        return btf.dataSec(section).stream()
                .mapToObj(btf::type)
                .flatMap(type -> ((BtfType.DataSec) type).variables().stream())
                .filter(entry -> btf.contains(entry.type()))
                .map(entry -> btf.type(entry.type()))
                .anyMatch(type -> type.name().equals(name) && type instanceof BtfType.Func == function);
    }

    /** An address in data: a pointer in a variable, or an initial value of a map. */
    private Optional<Unsupported> addresses() {
        for (ElfSection section : elf.sections()) {
            boolean maps = section.name().equals(Declarations.MAPS);
            if (!maps && !DataSection.isDataName(section.name())) {
                continue;
            }
            for (ElfRelocation relocation : relocations(section)) {
                String target = "`" + name(elf.symbols().get(relocation.symbol())) + "`";
                String where = Where.of(index, section, relocation.offset());
                return Optional.of(
                        maps
                                ? new Unsupported(
                                        "a map has " + target + " as an initial value (" + where + ")",
                                        "leave the map empty, and fill it after the object is in force")
                                : new Unsupported(
                                        "data contains the address of " + target + " (" + where + ")",
                                        "compute the address in a program"));
            }
        }
        return Optional.empty();
    }

    /** Returns the name of a symbol; that of its section for a symbol of a section. */
    private String name(ElfSymbol symbol) {
        return symbol.name().isEmpty()
                ? elf.section(symbol.section()).map(ElfSection::name).orElse("?")
                : symbol.name();
    }

    /** Returns the relocations of a section, none if they are malformed. */
    private List<ElfRelocation> relocations(ElfSection section) {
        try {
            return index.relocations(section).stream()
                    .sorted(Comparator.comparingLong(ElfRelocation::offset))
                    .toList();
        } catch (ObjectFormatException | ElfFormatException e) {
            return List.of();
        }
    }
}
