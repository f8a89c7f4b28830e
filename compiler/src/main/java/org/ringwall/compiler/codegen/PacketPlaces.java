package org.ringwall.compiler.codegen;

import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.PacketFrame.Base;
import org.ringwall.compiler.ir.Routine;

/**
 * What a routine reads of an opened packet; what it does not read needs no code.
 *
 * @param offsets of {@link PacketFrame}
 */
record PacketPlaces(Set<Integer> offsets) {
    PacketPlaces {
        offsets = Set.copyOf(offsets);
    }

    /** All that any of its blocks reads. */
    static PacketPlaces of(Routine routine) {
        return new PacketPlaces(routine.blocks().stream()
                .flatMap(block -> block.instructions().stream())
                .filter(Instruction.ReadPacket.class::isInstance)
                .map(read -> ((Instruction.ReadPacket) read).at())
                .collect(Collectors.toSet()));
    }

    /** Whether something is read by the register of this place. */
    boolean has(Base base) {
        return offsets.stream()
                .anyMatch(at -> PacketFrame.base(at).filter(base::equals).isPresent());
    }

    /** Whether this word of the frame is read. */
    boolean has(int word) {
        return offsets.contains(word);
    }

    /** Whether more is read of the header than its first bytes. */
    boolean headerBeyond(int bytes) {
        return offsets.stream().anyMatch(at -> at >= PacketFrame.HEADER + bytes && at < PacketFrame.TOP);
    }
}
