package org.ringwall.compiler.ir;

/** Turns every switch into comparisons, which is all that a machine without jump tables has. */
final class ExpandSwitches {
    private ExpandSwitches() {}

    static Routine apply(Routine routine) {
        Emission emission = new Emission(routine.nextBlock(), routine.nextValue());
        for (BasicBlock block : routine.blocks()) {
            if (block.end() instanceof Terminator.Switch choice) {
                new CompareTree(emission, block, choice).add();
            } else {
                emission.add(block);
            }
        }
        return new Routine(routine.hook(), emission.blocks());
    }
}
