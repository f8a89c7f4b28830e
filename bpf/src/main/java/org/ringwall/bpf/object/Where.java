// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;

/** Places in a file, as messages show them. */
final class Where {
    private Where() {}

    /** Returns a byte of a section, with the function or the variable that contains it. */
    static String of(ElfIndex index, ElfSection section, long offset) {
        String place = "byte " + offset + " of section `" + section.name() + "`";
        Optional<ElfSymbol> symbol = Stream.concat(
                        index.functions(section).stream(), index.objects(section).values().stream())
                .filter(each -> each.value() <= offset && offset - each.value() < each.size())
                .findFirst();
        return place + symbol.map(each -> ", in `" + each.name() + "`").orElse("");
    }
}
