package org.ringwall.compiler.codegen;

import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.PacketFrame.Base;
import org.ringwall.compiler.ir.Routine;

/** What a routine reads of an opened packet; what it does not read needs no code. */
record PacketPlaces(Set<Place> places) {
    /** So many bytes at an offset of {@link PacketFrame}. */
    record Place(int at, Width width) {
        int end() {
            return at + width.bytes();
        }
    }

    PacketPlaces {
        places = Set.copyOf(places);
    }

    /** All that any of its blocks reads. */
    static PacketPlaces of(Routine routine) {
        return new PacketPlaces(routine.blocks().stream()
                .flatMap(block -> block.instructions().stream())
                .filter(Instruction.ReadPacket.class::isInstance)
                .map(Instruction.ReadPacket.class::cast)
                .map(read -> new Place(read.at(), read.width()))
                .collect(Collectors.toSet()));
    }

    /** Whether something is read by the register of this place. */
    boolean has(Base base) {
        return places.stream()
                .anyMatch(place ->
                        PacketFrame.base(place.at()).filter(base::equals).isPresent());
    }

    /** Whether this word of the frame is read. */
    boolean has(int word) {
        return places.stream().anyMatch(place -> place.at() == word);
    }

    /** Whether more is read of the header than its first bytes. */
    boolean headerBeyond(int bytes) {
        return places.stream()
                .anyMatch(place -> place.end() > PacketFrame.HEADER + bytes && place.at() < PacketFrame.TOP);
    }
}
