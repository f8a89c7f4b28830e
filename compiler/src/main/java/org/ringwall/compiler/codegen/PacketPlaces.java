// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.PacketFrame.Base;
import org.ringwall.compiler.ir.Routine;

/** The parts of an opened packet that a routine reads; other parts need no code. */
record PacketPlaces(Set<Place> places) {
    /** A number of bytes at an offset of {@link PacketFrame}. */
    record Place(int at, Width width) {
        int end() {
            return at + width.bytes();
        }
    }

    PacketPlaces {
        places = Set.copyOf(places);
    }

    /** Returns everything that the routine's blocks read. */
    static PacketPlaces of(Routine routine) {
        return new PacketPlaces(routine.instructions()
                .flatMap(instruction -> instruction.op() instanceof Op.Load load ? Stream.of(load) : Stream.empty())
                .filter(load -> load.reads(Op.Space.Memory.PACKET))
                .map(load -> new Place(load.at(), load.width()))
                .collect(Collectors.toSet()));
    }

    /** Returns whether something is read through the register of this part. */
    boolean has(Base base) {
        return places.stream()
                .anyMatch(place ->
                        PacketFrame.base(place.at()).filter(base::equals).isPresent());
    }

    /** Returns whether this word of the frame is read. */
    boolean has(int word) {
        return places.stream().anyMatch(place -> place.at() == word);
    }

    /** Returns whether more of the header is read than this many bytes. */
    boolean headerBeyond(int bytes) {
        return places.stream()
                .anyMatch(place -> place.end() > PacketFrame.HEADER + bytes && place.at() < PacketFrame.TOP);
    }
}
