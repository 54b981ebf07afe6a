//! Makes one component of several: what the plugs export satisfies the imports of the socket that have the same name. What
//! is left open, of the socket and of the plugs, stays an import of the whole, once for all of them; what the socket exports,
//! the whole exports.

use std::path::Path;

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, plug};

/// Writes the whole to `output` and tells its size in bytes.
///
/// # Errors
/// What is wrong with the parts, or with the file.
pub fn compose(output: &Path, socket: &str, plugs: &[String]) -> Result<usize, String> {
    let mut graph = CompositionGraph::new();
    let socket_id = register(&mut graph, socket, 0)?;
    let mut plug_ids = Vec::new();
    for (at, file) in plugs.iter().enumerate() {
        let id = register(&mut graph, file, at + 1)?;
        check_fits(&graph, file, id, socket, socket_id)?;
        plug_ids.push(id);
    }
    plug(&mut graph, plug_ids, socket_id)
        .map_err(|error| format!("nothing was composed: {}", chain(&error)))?;
    let bytes = graph
        .encode(EncodeOptions::default())
        .map_err(|error| format!("the composition cannot be encoded: {}", chain(&error)))?;
    if let Some(folder) = output.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(output, &bytes).map_err(|error| format!("{}: {error}", output.display()))?;
    Ok(bytes.len())
}

fn register(graph: &mut CompositionGraph, file: &str, at: usize) -> Result<PackageId, String> {
    // Names of packages must differ, and mean nothing besides.
    let name = format!("composed:part{at}");
    let package = Package::from_file(&name, None, Path::new(file), graph.types_mut())
        .map_err(|error| format!("{file} is no component: {error:#}"))?;
    graph.register_package(package).map_err(|error| format!("{file}: {}", chain(&error)))
}

/// A plug with nothing for the socket would be left out without a word.
fn check_fits(
    graph: &CompositionGraph,
    file: &str,
    plug: PackageId,
    socket: &str,
    at: PackageId,
) -> Result<(), String> {
    let types = graph.types();
    let exports = &types[graph[plug].ty()].exports;
    let imports = &types[graph[at].ty()].imports;
    match exports.keys().any(|name| imports.contains_key(name)) {
        true => Ok(()),
        false => {
            let names: Vec<&str> = exports.keys().map(String::as_str).collect();
            Err(format!("{file} has nothing that {socket} imports: it exports {}", names.join(", ")))
        }
    }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
