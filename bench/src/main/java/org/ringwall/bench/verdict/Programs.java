package org.ringwall.bench.verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.bench.Checkout;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.driver.CompileResult;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.loader.bpf.ProgSpec;

/** Where the programs of a workload come from. */
final class Programs {
    private Programs() {}

    /** The policy, compiled for this machine. */
    static Compilation policy(Checkout checkout, Workload workload) {
        Path path = checkout.file("bench/policies/" + workload.title() + ".wall");
        try {
            SourceFile source = new SourceFile(path.getFileName().toString(), Files.readString(path));
            Settings settings =
                    new Settings(Settings.DEFAULT.targets(), ByteOrder.nativeOrder(), Settings.DEFAULT.params());
            CompileResult result = Compiler.compile(source, settings);
            return result.compilation()
                    .orElseThrow(() -> new IllegalStateException(DiagnosticRenderer.render(result.diagnostics())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The program that allows everything: what calling a program costs by itself. */
    static ProgSpec empty(Workload workload) {
        try {
            return spec(workload, "empty", InsnParser.program("w0 = 1\nexit\n"));
        } catch (InsnSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The object that clang makes of the workload's C file. */
    static BpfObject compileTwins(Checkout checkout, Path clang, Workload workload, Path object) {
        Path source = checkout.file("bench/src/main/c/" + workload.cFile());
        try {
            Process process = new ProcessBuilder(Checkout.clangCommand(clang, source, object))
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(clang + " did not compile " + source);
            }
            return ObjectReader.read(Files.readAllBytes(object));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ObjectFormatException e) {
            throw new IllegalStateException("the object of " + source + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** One function of it. */
    static ProgSpec twin(Workload workload, BpfObject object, String function) {
        ProgramSpec program = object.program(function)
                .orElseThrow(() -> new IllegalStateException(workload.cFile() + " has no function " + function));
        if (!program.relocations().isEmpty()) {
            throw new IllegalStateException(workload.cFile() + " uses maps or data, which would have to be made first");
        }
        return spec(workload, function, program.insns());
    }

    private static ProgSpec spec(Workload workload, String name, List<Insn> insns) {
        Bytes code = Bytes.of(InsnCodec.encode(insns, ByteOrder.nativeOrder()));
        int type = workload.hook().programType().number();
        return ProgSpec.plain(name, type, workload.hook().attachType(), code);
    }
}
