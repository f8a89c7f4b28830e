package org.ringwall.loader.apply;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.LinkInfo;

/** Brings an instance whose lock is held to rest, whatever was killed when (docs/abi.md section 5). */
final class Rest {
    private final Bpf bpf;

    Rest(Bpf bpf) {
        this.bpf = bpf;
    }

    /** What is in force at rest: one generation, and its links by place. */
    record InForce(int generation, Map<Place, LinkInfo> links) {
        InForce {
            links = new LinkedHashMap<>(links);
        }
    }

    /** Empty where nothing is in force; the folder then is empty too. */
    Optional<InForce> bring(InstanceFolder folder) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            folder.empty();
            return Optional.empty();
        }
        try (ControlWord word = control.get()) {
            if (!folder.hasControlPin()) {
                bpf.objPin(word.map(), folder.control());
            }
            return bring(folder, word);
        }
    }

    private Optional<InForce> bring(InstanceFolder folder, ControlWord word) {
        int hi = word.hi();
        if (Integer.compareUnsigned(word.lo(), hi) > 0) {
            throw new HostException(
                    "the control word of `" + folder.path().getFileName() + "` is {" + word.lo() + ", " + hi
                            + "}, which nothing of ours writes",
                    "find out who writes to it; ringwall remove takes the instance away");
        }
        if (word.lo() != hi) {
            // The interruption may have come before the barrier that follows the write of `hi`.
            bpf.barrier();
            word.lo(hi);
            bpf.barrier();
        }
        for (int generation : folder.generations()) {
            if (generation != hi) {
                folder.removeGeneration(generation);
            }
        }
        folder.dropMapsBeside(hi);
        Map<Place, LinkInfo> links = folder.links(hi);
        if (links.values().stream().noneMatch(LinkInfo::attached)) {
            folder.empty();
            return Optional.empty();
        }
        return Optional.of(new InForce(hi, links));
    }
}
