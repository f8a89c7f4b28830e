package org.ringwall.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ringwall.bench.compile.CompileBenchmark;
import org.ringwall.bench.verdict.VerdictBenchmark;

/** Runs benchmarks, prints their tables, and writes `bench/target/bench.csv`. */
public final class Main {
    private static final Set<String> NAMES = Set.of("compile", "verdict", "all");
    private static final int USAGE = 2;

    private Main() {}

    /** `args`: compile, verdict or all (when nothing is said). */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        String which = args.length == 0 ? "all" : args[0];
        if (args.length > 1 || !NAMES.contains(which)) {
            out.println("usage: bench/run [compile|verdict|all]");
            System.exit(USAGE);
        }
        Checkout checkout =
                new Checkout(Path.of(System.getProperty("ringwall.root", ".")).toAbsolutePath());
        out.println(MachineText.lines());
        List<Table> tables = new ArrayList<>();
        if (!which.equals("verdict")) {
            CompileBenchmark compile = new CompileBenchmark(checkout, Effort.FULL);
            show(out, compile.processes(), tables);
            show(out, compile.warm(), tables);
        }
        if (!which.equals("compile")) {
            show(out, new VerdictBenchmark(checkout, Effort.FULL).run(), tables);
        }
        Path csv = checkout.file("bench/target/bench.csv");
        Files.createDirectories(checkout.file("bench/target"));
        StringBuilder text = new StringBuilder("benchmark,subject,variant,column,value\n");
        tables.forEach(table -> text.append(table.csv()));
        Files.writeString(csv, text);
        out.println("written: " + checkout.root().relativize(csv));
    }

    private static void show(PrintStream out, Table table, List<Table> tables) {
        out.println(table.text());
        tables.add(table);
    }
}
