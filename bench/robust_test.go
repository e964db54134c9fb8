package main

import "testing"

// What is robust tells malignant tumours better than the mean and the covariance that they are part of.
func TestRobust(t *testing.T) {
	x, malignant, err := tumourMeans()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]farRows{}
	for name, f := range fits() {
		if found[name], err = farRowsOf(name, f, x, malignant); err != nil {
			t.Fatal(name, err)
		}
	}
	plain, robust := found["mean and covariance"], found["minimum covariance determinant"]
	if !(robust.auc > plain.auc+0.02) || !(robust.far > 2*plain.far) {
		t.Errorf("robust %+v, plain %+v", robust, plain)
	}
	if heavy := found["Student t"]; !(heavy.auc > plain.auc) {
		t.Errorf("Student t %+v, plain %+v", heavy, plain)
	}
}
