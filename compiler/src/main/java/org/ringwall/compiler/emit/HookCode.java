package org.ringwall.compiler.emit;

import java.util.List;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.StringTable;

/**
 * The code for one hook; its line marks are lines and columns of the policy's text.
 *
 * @param tables what the code walks strings through
 */
public record HookCode(Hook hook, Assembly assembly, List<StringTable> tables) {
    public HookCode {
        tables = List.copyOf(tables);
    }
}
