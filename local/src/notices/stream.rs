//! The stream of a table of the embedded engine, and how far a function has got in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dynoxide::{
    Database,
    actions::{
        describe_stream::DescribeStreamRequest, get_records::GetRecordsRequest,
        get_shard_iterator::GetShardIteratorRequest, list_streams::ListStreamsRequest,
    },
};
use serde_json::{Value, json};

/// The stream of a table. Cheap to clone.
#[derive(Clone)]
pub struct Stream {
    database: Database,
    table: String,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Stream {
    /// The stream of this table, which need not exist yet.
    #[must_use]
    pub fn of(database: Database, table: &str) -> Self {
        Self { database, table: table.into() }
    }

    /// Up to `limit` records after this sequence number, oldest first, as Lambda passes them on.
    pub async fn records(&self, after: Option<String>, limit: usize) -> Result<Vec<Value>, String> {
        let stream = self.clone();
        let read = tokio::task::spawn_blocking(move || stream.read(after.as_deref(), limit));
        read.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    fn read(&self, after: Option<&str>, limit: usize) -> dynoxide::Result<Vec<Value>> {
        let streams =
            ListStreamsRequest { table_name: Some(self.table.clone()), ..ListStreamsRequest::default() };
        let Some(stream) = self.database.list_streams(streams)?.streams.into_iter().next() else {
            return Ok(Vec::new());
        };
        let stream_arn = stream.stream_arn;
        let request =
            DescribeStreamRequest { stream_arn: stream_arn.clone(), ..DescribeStreamRequest::default() };
        let mut records = Vec::new();
        for shard in self.database.describe_stream(request)?.stream_description.shards {
            let from = if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
            let iterator = self.database.get_shard_iterator(GetShardIteratorRequest {
                stream_arn: stream_arn.clone(),
                shard_id: shard.shard_id,
                shard_iterator_type: from.into(),
                sequence_number: after.map(str::to_owned),
            })?;
            let Some(shard_iterator) = iterator.shard_iterator else { continue };
            let read = self.database.get_records(GetRecordsRequest { shard_iterator, limit: Some(limit) })?;
            records.extend(read.records.into_iter().filter_map(|record| serde_json::to_value(record).ok()));
        }
        for record in &mut records {
            record["eventSourceARN"] = json!(stream_arn);
        }
        Ok(records)
    }
}

/// The sequence number of a record.
pub(crate) fn sequence_number(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

/// How far a function has got in a stream: the last record that it has taken.
#[derive(Clone, Debug)]
pub enum Checkpoint {
    /// Forgotten when the program ends.
    Memory(Option<String>),
    /// In a file.
    File(PathBuf),
}

impl Checkpoint {
    /// The checkpoint in this folder, or in memory.
    #[must_use]
    pub fn in_folder(folder: Option<&Path>) -> Self {
        folder.map_or(Self::Memory(None), |folder| Self::File(folder.join("published-events")))
    }

    /// The sequence number of the last record that was taken. If the file isn't readable, the function gets everything again.
    #[must_use]
    pub fn read(&self) -> Option<String> {
        match self {
            Self::Memory(number) => number.clone(),
            Self::File(path) => fs::read_to_string(path).ok().filter(|number| is_sequence_number(number)),
        }
    }

    /// Notes that this record and those before it were taken.
    pub fn write(&mut self, number: &str) -> io::Result<()> {
        match self {
            Self::Memory(kept) => *kept = Some(number.to_owned()),
            Self::File(path) => {
                // A crash leaves the old file or the new one.
                let new = path.with_extension("new");
                fs::write(&new, number)?;
                fs::rename(&new, path)?;
            }
        }
        Ok(())
    }
}

/// The form of a sequence number (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html>).
fn is_sequence_number(text: &str) -> bool {
    (21..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
