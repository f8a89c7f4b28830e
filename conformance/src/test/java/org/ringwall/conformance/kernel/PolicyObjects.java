// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;

/**
 * Objects of policies for tests that need nothing else from the compiler. In a guest, whose
 * emulated CPU compiles slowly, the host compiles them ({@link HostCompiler}).
 */
public final class PolicyObjects {
    private PolicyObjects() {}

    /** Compiles a policy for one kernel in this byte order; it may have warnings. */
    public static BpfObject of(String name, String text, KernelVersion oldest, ByteOrder order) {
        return of(new SourceFile(name, text), new Settings(List.of(oldest), order, Map.of()));
    }

    /** Compiles a policy for a little-endian kernel of this version; it may have warnings. */
    public static BpfObject of(String name, String text, KernelVersion oldest) {
        return of(name, text, oldest, ByteOrder.LITTLE_ENDIAN);
    }

    /** Compiles a policy that may have warnings, for the default target. */
    public static BpfObject of(String name, String text) {
        return of(new SourceFile(name, text), Settings.DEFAULT);
    }

    private static BpfObject of(SourceFile source, Settings settings) {
        return HostCompiler.ofGuest()
                .map(host -> CompiledPolicies.read(host.elf(source, settings)))
                .orElseGet(() -> compile(source, settings).object());
    }

    /** Returns the file of a policy that may have warnings, for the default target. */
    public static byte[] elf(String name, String text) {
        SourceFile source = new SourceFile(name, text);
        return HostCompiler.ofGuest()
                .map(host -> host.elf(source, Settings.DEFAULT))
                .orElseGet(() -> compile(source, Settings.DEFAULT).elf().toArray());
    }

    /** Compiles here; an error is a failure. */
    static Compilation compile(SourceFile source, Settings settings) {
        CompileResult result = Compiler.compile(source, settings);
        return result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
    }
}
