//! Every pair of a sweep as Parquet.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type};
use parquet::data_type::{DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type as Schema;
use research::sweep::{Metric, Score};

/// Writes one row a pair: the columns of the CSV, null where there is no figure.
///
/// # Errors
/// When `out` refuses.
pub(crate) fn write(out: impl Write + Send, scores: &[Score]) -> io::Result<()> {
    table(out, scores).map_err(io::Error::other)
}

fn table(out: impl Write + Send, scores: &[Score]) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let mut file = SerializedFileWriter::new(out, schema()?, Arc::new(properties.build()))?;
    let mut rows = file.next_row_group()?;
    spans(&mut rows, scores, |score| score.fast)?;
    spans(&mut rows, scores, |score| score.slow)?;
    for metric in Metric::ALL {
        figures(&mut rows, scores, metric)?;
    }
    rows.close()?;
    file.close()?;
    Ok(())
}

fn schema() -> Result<Arc<Schema>, ParquetError> {
    let column = |name: &str, kind, repetition| {
        let column = Schema::primitive_type_builder(name, kind).with_repetition(repetition);
        column.build().map(Arc::new)
    };
    let mut columns = Vec::new();
    for name in ["fast", "slow"] {
        columns.push(column(name, Type::INT32, Repetition::REQUIRED)?);
    }
    for metric in Metric::ALL {
        columns.push(column(metric.name(), Type::DOUBLE, Repetition::OPTIONAL)?);
    }
    let schema = Schema::group_type_builder("pairs").with_fields(columns);
    schema.build().map(Arc::new)
}

fn spans<W: Write + Send>(
    rows: &mut SerializedRowGroupWriter<'_, W>,
    scores: &[Score],
    span: impl Fn(&Score) -> u32,
) -> Result<(), ParquetError> {
    let values: Vec<i32> = scores
        .iter()
        .map(|score| span(score).cast_signed())
        .collect();
    let Some(mut column) = rows.next_column()? else {
        return Err(ParquetError::General("a column too few".into()));
    };
    column
        .typed::<Int32Type>()
        .write_batch(&values, None, None)?;
    column.close()
}

fn figures<W: Write + Send>(
    rows: &mut SerializedRowGroupWriter<'_, W>,
    scores: &[Score],
    metric: Metric,
) -> Result<(), ParquetError> {
    let found: Vec<Option<f64>> = scores.iter().map(|score| metric.of(score)).collect();
    let is_there: Vec<i16> = found
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect();
    let values: Vec<f64> = found.into_iter().flatten().collect();
    let Some(mut column) = rows.next_column()? else {
        return Err(ParquetError::General("a column too few".into()));
    };
    let writer = column.typed::<DoubleType>();
    writer.write_batch(&values, Some(&is_there), None)?;
    column.close()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    #[test]
    fn every_pair_is_a_row_and_what_does_not_exist_is_null() {
        let scores = [
            Score {
                fast: 2,
                slow: 5,
                total_return: 0.25,
                cagr: Some(0.5),
                max_drawdown: 0.125,
                sharpe: Some(1.5),
                trades: 7,
                exposure: 0.75,
            },
            Score {
                fast: 3,
                slow: 5,
                total_return: 0.0,
                cagr: None,
                max_drawdown: 0.0,
                sharpe: None,
                trades: 0,
                exposure: 0.0,
            },
        ];
        let mut bytes = Vec::new();
        write(&mut bytes, &scores).unwrap();
        let file = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let rows: Vec<String> = file
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().to_string())
            .collect();
        insta::assert_snapshot!(rows.join("\n"), @"
        {fast: 2, slow: 5, total_return: 0.25, cagr: 0.5, max_drawdown: 0.125, sharpe: 1.5, trades: 7.0, exposure: 0.75}
        {fast: 3, slow: 5, total_return: 0E0, cagr: null, max_drawdown: 0E0, sharpe: null, trades: 0E0, exposure: 0E0}
        ");
    }
}
